"""flyball.World: N rows of one scene on either engine."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from flyball import _core, checks

Array = NDArray[np.float64]
Rows = int | Sequence[int] | NDArray[np.integer[Any]] | None


class World:
    """N worlds of one MJCF or URDF model; arrays have one row for each.

    Quaternions are w x y z, units SI, the frame is the world's. ``rows`` picks rows (a number, a
    list or an array of them); None means all. A row whose engine fails in ``step`` goes back to the
    model's reference configuration and is marked in ``failed`` until it is reset.

    Parameters
    ----------
    model
        Path of an MJCF or URDF file, or the XML itself.
    engine
        "mujoco" or "bullet".
    num_rows
        How many worlds.
    threads
        Threads that step them, the caller's included; 0: one for each core.
    timestep
        Seconds a substep; None: the model's own.
    friction_rule
        How friction of two geoms combines: "max" or "product".
    mujoco, bullet
        Settings of each engine, which the other has no use for: ``bullet={"iterations": 10}``,
        ``mujoco={"linear_damping": 0.04}``. physics/world/world.h tells of all.
    """

    def __init__(
        self,
        model: str | os.PathLike[str],
        engine: str = "mujoco",
        num_rows: int = 1,
        *,
        threads: int = 1,
        timestep: float | None = None,
        friction_rule: str = "max",
        mujoco: dict[str, Any] | None = None,
        bullet: dict[str, Any] | None = None,
    ) -> None:
        self.engine = engine
        self.num_rows = checks.whole("num_rows", num_rows, 1)
        self._worlds = _core.Worlds(
            os.fspath(model).lstrip(),  # XML may begin on its second line
            engine,
            self.num_rows,
            checks.whole("threads", threads, 0) or os.cpu_count() or 1,
            0.0 if timestep is None else checks.positive("timestep", timestep, "s"),
            friction_rule,
            checks.dictionary("mujoco", mujoco),
            checks.dictionary("bullet", bullet),
        )

    @property
    def timestep(self) -> float:
        return self._worlds.timestep

    @property
    def qpos(self) -> Array:
        """Positions of all rows (num_rows, nq), a copy."""
        return self._worlds.qpos(None)

    @property
    def qvel(self) -> Array:
        """Velocities of all rows (num_rows, nv), a copy."""
        return self._worlds.qvel(None)

    @property
    def ctrl(self) -> Array:
        """Controls of all rows (num_rows, nu), a copy; assign to set them."""
        return self._worlds.ctrl(None)

    @ctrl.setter
    def ctrl(self, values: ArrayLike) -> None:
        self.set_ctrl(values)

    @property
    def accelerations(self) -> Array:
        """The engine's accelerations in the last substep (num_rows, nv)."""
        return self._worlds.accelerations(None)

    @property
    def time(self) -> Array:
        """Seconds since each row's reset (num_rows,)."""
        return self._worlds.times(None)[:, 0]

    @property
    def failed(self) -> NDArray[np.bool_]:
        """Rows whose engine failed in their last step (num_rows,)."""
        return self._worlds.failed

    @property
    def unsupported(self) -> list[tuple[str, str, str]]:
        """What the engine does not honour of the model: (severity, feature, treatment)."""
        return self._worlds.unsupported()

    @property
    def memory_bytes_per_row(self) -> int:
        return self._worlds.memory_bytes(0)

    def names(self, kind: str) -> list[str]:
        """Names of all elements of a kind ("body", "joint", "geom", "site", ...), in id order."""
        return self._worlds.names(kind)

    def reset(self, rows: Rows = None, keyframe: str | None = None) -> None:
        """Back to the reference configuration or a keyframe, bit for bit a new world."""
        self._worlds.reset(self._rows(rows), keyframe)

    def set_state(self, qpos: ArrayLike, qvel: ArrayLike, rows: Rows = None) -> None:
        """Set positions and velocities; caches are forgotten."""
        self._worlds.set_state(
            checks.numbers("qpos", qpos), checks.numbers("qvel", qvel), self._rows(rows)
        )

    def set_ctrl(self, values: ArrayLike, rows: Rows = None) -> None:
        """Set controls (rows, nu), held until changed; a row of numbers not finite fails."""
        self._worlds.set_ctrl(checks.numbers("ctrl", values), self._rows(rows))

    def step(self, substeps: int = 1, rows: Rows = None) -> None:
        """Advance by ``substeps`` time steps."""
        self._worlds.step(checks.whole("substeps", substeps, 0), self._rows(rows))

    def body_position(self, body: str, rows: Rows = None) -> Array:
        """Position of a body's frame (rows, 3)."""
        return self._worlds.pose("body", body, self._rows(rows))[:, :3]

    def body_quaternion(self, body: str, rows: Rows = None) -> Array:
        """Orientation of a body, w x y z (rows, 4)."""
        return self._worlds.pose("body", body, self._rows(rows))[:, 3:]

    def body_twist(self, body: str, rows: Rows = None) -> Array:
        """Velocity and angular velocity of a body's frame (rows, 6)."""
        return self._worlds.twist("body", body, self._rows(rows))

    def site_position(self, site: str, rows: Rows = None) -> Array:
        """Position of a site (rows, 3)."""
        return self._worlds.pose("site", site, self._rows(rows))[:, :3]

    def site_quaternion(self, site: str, rows: Rows = None) -> Array:
        """Orientation of a site, w x y z (rows, 4)."""
        return self._worlds.pose("site", site, self._rows(rows))[:, 3:]

    def site_twist(self, site: str, rows: Rows = None) -> Array:
        """Velocity and angular velocity of a site (rows, 6)."""
        return self._worlds.twist("site", site, self._rows(rows))

    def site_jacobian(self, site: str, rows: Rows = None) -> Array:
        """Jacobian of a site (rows, 6, nv): translation above rotation."""
        flat = self._worlds.site_jacobian(site, self._rows(rows))
        return flat.reshape(len(flat), 6, -1)

    def contacts(self, row: int) -> list[dict[str, Any]]:
        """Contacts of a row in the last substep, in a fixed order.

        Names and ids of the two geoms, the ``position`` (m), the ``normal`` from the first geom to
        the second, the ``distance`` (m, negative in penetration), and the ``force`` (N) of the
        first on the second, averaged over the substep.
        """
        return self._worlds.contacts(checks.row(row))

    def set_servos(
        self,
        joints: Sequence[str],
        targets: ArrayLike,
        *,
        gain: float = 0.03,
        max_force: ArrayLike = np.inf,
        rows: Rows = None,
    ) -> None:
        """Drive joints to positions (rows, joints) by velocity-level servos, held until changed."""
        if isinstance(joints, str):
            raise _core.InputError(f"joints is {joints!r}; a list of names is needed")
        self._worlds.set_servos(
            list(joints),
            checks.numbers("targets", targets),
            gain,
            np.atleast_1d(checks.numbers("max_force", max_force)),
            self._rows(rows),
        )

    def apply_wrench(
        self,
        body: str,
        force: ArrayLike = (0.0, 0.0, 0.0),
        torque: ArrayLike = (0.0, 0.0, 0.0),
        point: ArrayLike | None = None,
        rows: Rows = None,
    ) -> None:
        """Push a body in the next ``step``; the force acts at ``point``, by default its origin.

        A row whose wrench is not finite fails in that step.
        """
        self._worlds.apply_wrench(
            body,
            checks.numbers("force", force),
            checks.numbers("torque", torque),
            None if point is None else checks.numbers("point", point),
            self._rows(rows),
        )

    def override(self, parameter: str, element: str, values: ArrayLike, rows: Rows = None) -> None:
        """Change numbers of the model for rows; resets keep them, snapshots hold them.

        ========================  =====================================================
        "body_mass"               kg; inertia scales along unless it is overridden too
        "body_inertia"            (3) kg m^2, about the principal axes
        "geom_friction"           (3) sliding (1), torsional (m), rolling (m)
        "geom_size"               (3) m, as the geom's type counts them; no meshes
        "actuator_gain"           a factor on gain and bias
        "joint_damping"           N m s/rad or N s/m, of each degree of freedom
        "camera_position"         (3) m, in the parent body's frame
        "camera_turn"             (3) rad, a rotation vector in the camera's own axes
        "camera_fovy"             degrees from top to bottom
        "light_position"          (3) m, in the parent body's frame
        "light_diffuse"           (3) red, green, blue
        ========================  =====================================================
        """
        self._worlds.override(
            parameter, element, checks.numbers(parameter, values), self._rows(rows)
        )

    def snapshot(self, row: int) -> bytes:
        """Everything that decides this row's future."""
        return self._worlds.save(checks.row(row))

    def restore(self, row: int, snapshot: bytes) -> None:
        """Take a row back to a snapshot: what follows is bit for bit what followed it."""
        self._worlds.load(checks.row(row), snapshot)

    def render(
        self,
        row: int = 0,
        width: int = 480,
        height: int = 360,
        *,
        camera: str | None = None,
        shadows: bool = False,
    ) -> NDArray[np.uint8]:
        """Draw a row (height, width, 3), from a camera of the model or from outside."""
        return self._worlds.render(
            checks.row(row),
            checks.pixels("width", width),
            checks.pixels("height", height),
            camera or "",
            shadows,
        )

    def _rows(self, rows: Rows) -> int | list[int] | None:
        """Return rows as the core takes them; a mask has a truth for each of them."""
        if rows is None or (isinstance(rows, int) and not isinstance(rows, bool)):
            return rows
        array = np.atleast_1d(np.asarray(rows))
        if array.dtype == np.bool_ and array.shape == (self.num_rows,):
            array = np.flatnonzero(array)
        if array.size and not np.issubdtype(array.dtype, np.integer):
            raise _core.InputError(
                f"rows is {rows!r}; a row's number, a list of them, or a mask of {self.num_rows} "
                "truths is needed"
            )
        return [int(row) for row in array.ravel()]
