"""gym-pybullet-drones' flight on PyBullet itself, for scripts/record_peers.py.

The peer is on no package index. This is its step written anew from what it is known to do: the
forces and torques it works out, given to PyBullet in its order, on drones of the same masses,
rotors and shapes. From the starts and rotor speeds of tests/golden it flies the recorded flights to
1e-14, so that flights from other starts are as good as the peer's.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

GRAVITY, STEP = 9.8, 1 / 240
TO_RADIANS = 2 * np.pi / 60


@dataclass
class Airframe:
    """What the peer knows of one of its drones; SI units, rotor speeds in rpm."""

    mass: float
    inertia: tuple[float, float, float]
    arm: float
    thrust: float  # N/rpm^2
    torque: float  # N m/rpm^2
    thrust_to_weight: float
    propeller: float  # m, radius
    rotors: tuple[tuple[float, float], ...]
    turns: float = 1.0  # sense of the rotors
    plus: bool = False
    ground: float = 11.36859
    drag: tuple[float, float, float] = (9.1785e-7, 9.1785e-7, 10.311e-7)
    wake: tuple[float, float, float] = (2267.18, 0.16, -0.11)

    @property
    def fastest(self) -> float:
        """Rotor speed at full thrust."""
        return float(np.sqrt(self.thrust_to_weight * self.mass * GRAVITY / (4 * self.thrust)))

    @property
    def lowest(self) -> float:
        """Height below which the ground's effect grows no further."""
        most = 4 * self.thrust * self.fastest**2
        per_rotor = 15 * self.fastest**2 * self.thrust * self.ground / most
        return float(0.25 * self.propeller * np.sqrt(per_rotor))


SQUARE = ((0.028, -0.028), (-0.028, -0.028), (-0.028, 0.028), (0.028, 0.028))
CROSS = ((0.0397, 0.0), (0.0, 0.0397), (-0.0397, 0.0), (0.0, -0.0397))
RACER = ((0.085, 0.0675), (-0.085, 0.0675), (-0.085, -0.0675), (0.085, -0.0675))
SMALL = {"arm": 0.0397, "thrust": 3.16e-10, "torque": 7.94e-12, "thrust_to_weight": 2.25}
AIRFRAMES = {
    "CF2X": Airframe(
        0.027, (1.4e-5, 1.4e-5, 2.17e-5), **SMALL, propeller=0.0231348, rotors=SQUARE
    ),
    "CF2P": Airframe(
        0.027, (2.3951e-5, 2.3951e-5, 3.2347e-5), **SMALL, propeller=0.0231348, rotors=CROSS,
        plus=True,
    ),
    "RACE": Airframe(
        0.830, (3.113e-3, 3.113e-3, 3.113e-3), arm=0.109, thrust=8.47e-9, torque=2.13e-11,
        thrust_to_weight=4.17, propeller=0.127, rotors=RACER, turns=-1.0,
    ),
}  # fmt: skip


def described(a: Airframe) -> str:
    """A drone as a URDF: a body, fixed links without mass for its rotors and its centre."""
    xx, yy, zz = a.inertia
    text = f"""<robot name="drone"><link name="base"><inertial><mass value="{a.mass!r}"/>
      <inertia ixx="{xx!r}" iyy="{yy!r}" izz="{zz!r}" ixy="0" ixz="0" iyz="0"/></inertial>
      <collision><geometry><cylinder radius=".06" length=".025"/></geometry></collision></link>"""
    for k, (x, y) in enumerate((*a.rotors, (0.0, 0.0))):
        text += f"""<link name="at{k}"><inertial><origin xyz="{x!r} {y!r} 0"/><mass value="0"/>
          <inertia ixx="0" ixy="0" ixz="0" iyy="0" iyz="0" izz="0"/></inertial></link>
          <joint name="to{k}" type="fixed"><parent link="base"/><child link="at{k}"/></joint>"""
    return text + "</robot>"


class Flight:
    """Some drones of one airframe in a world of their own; `physics` as in tests/golden."""

    def __init__(self, airframe: str, physics: str, position: np.ndarray, rpy: np.ndarray):
        import pybullet
        import pybullet_data
        from pybullet_utils import bullet_client

        self.about, self.physics = AIRFRAMES[airframe], physics
        self.client = bullet_client.BulletClient(connection_mode=pybullet.DIRECT)
        self.client.setGravity(0, 0, -GRAVITY)
        self.client.setTimeStep(STEP)
        self.client.setAdditionalSearchPath(pybullet_data.getDataPath())
        self.client.loadURDF("plane.urdf")
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "drone.urdf"
            file.write_text(described(self.about))
            self.drones = [
                self.client.loadURDF(
                    str(file), p, self.client.getQuaternionFromEuler(a),
                    flags=pybullet.URDF_USE_INERTIA_FROM_FILE,
                )
                for p, a in zip(position, rpy, strict=True)
            ]  # fmt: skip
        self.in_link = pybullet.LINK_FRAME
        self.rpm = np.zeros((len(self.drones), 4))
        self.rates = np.zeros((len(self.drones), 3))  # body; explicit dynamics
        self.read()

    def read(self) -> None:
        """What Bullet has of each drone, as the peer keeps it between steps."""
        poses = [self.client.getBasePositionAndOrientation(drone) for drone in self.drones]
        speeds = [self.client.getBaseVelocity(drone) for drone in self.drones]
        self.position = np.array([p for p, _ in poses])
        self.quat = np.array([q for _, q in poses])
        self.rpy = np.array([self.client.getEulerFromQuaternion(q) for q in self.quat])
        self.velocity = np.array([v for v, _ in speeds])
        self.spin = np.array([w for _, w in speeds])

    @property
    def state(self) -> np.ndarray:
        """Twenty numbers a drone."""
        parts = (self.position, self.quat, self.rpy, self.velocity, self.spin, self.rpm)
        return np.hstack(parts)

    def step(self, rpm: np.ndarray, reads: bool = True) -> None:
        """A physics step under rotor speeds (drones, 4)."""
        rpm = np.clip(rpm, 0, self.about.fastest)
        for k in range(len(self.drones)):
            if self.physics == "dyn":
                self.integrate(k, rpm[k])
                continue
            self.push(k, rpm[k])
            if self.physics in ("gnd", "all"):
                self.push_off_the_ground(k, rpm[k])
            if self.physics in ("drag", "all"):
                self.brake(k)
            if self.physics in ("dw", "all"):
                self.blow_down(k)
        if self.physics != "dyn":
            self.client.stepSimulation()
        self.rpm = rpm
        if reads:
            self.read()

    def force(self, k: int, link: int, force: list[float] | np.ndarray) -> None:
        """A force on a link, along its axes."""
        self.client.applyExternalForce(self.drones[k], link, force, [0, 0, 0], self.in_link)

    def yaw_torque(self, rpm: np.ndarray) -> float:
        """About the body's z, N m."""
        drag = self.about.torque * rpm**2
        return self.about.turns * float(-drag[0] + drag[1] - drag[2] + drag[3])

    def push(self, k: int, rpm: np.ndarray) -> None:
        """Thrust of each rotor and their torque."""
        for i, thrust in enumerate(self.about.thrust * rpm**2):
            self.force(k, i, [0, 0, thrust])
        self.client.applyExternalTorque(
            self.drones[k], 4, [0, 0, self.yaw_torque(rpm)], self.in_link
        )

    def push_off_the_ground(self, k: int, rpm: np.ndarray) -> None:
        """More thrust near z = 0."""
        a = self.about
        links = self.client.getLinkStates(
            self.drones[k], range(5), computeLinkVelocity=1, computeForwardKinematics=1
        )
        height = np.maximum([links[i][0][2] for i in range(4)], a.lowest)
        more = rpm**2 * a.thrust * a.ground * (a.propeller / (4 * height)) ** 2
        if np.all(np.abs(self.rpy[k, :2]) < np.pi / 2):
            for i in range(4):
                self.force(k, i, [0, 0, more[i]])

    def brake(self, k: int) -> None:
        """Drag by the rotor speeds of the step before, along the world's axes."""
        body = np.array(self.client.getMatrixFromQuaternion(self.quat[k])).reshape(3, 3)
        turning = np.sum(TO_RADIANS * self.rpm[k])
        self.force(k, 4, body.T @ (-np.array(self.about.drag) * turning * self.velocity[k]))

    def blow_down(self, k: int) -> None:
        """The wakes of drones above."""
        gain, slope, offset = self.about.wake
        for other in range(len(self.drones)):
            above = self.position[other, 2] - self.position[k, 2]
            aside = np.linalg.norm(self.position[other, :2] - self.position[k, :2])
            if above > 0 and aside < 10:
                size = gain * (self.about.propeller / (4 * above)) ** 2
                width = slope * above + offset
                self.force(k, 4, [0, 0, -size * np.exp(-0.5 * (aside / width) ** 2)])

    def integrate(self, k: int, rpm: np.ndarray) -> None:
        """Explicit dynamics, whose result Bullet is told."""
        a = self.about
        body = np.array(self.client.getMatrixFromQuaternion(self.quat[k])).reshape(3, 3)
        f = a.thrust * rpm**2
        force = body @ [0, 0, f.sum()] - [0, 0, a.mass * GRAVITY]
        if a.plus:
            about = [a.arm * (f[1] - f[3]), a.arm * (f[2] - f[0])]
        else:
            lever = a.arm / np.sqrt(2)
            roll, pitch = -f[0] - f[1] + f[2] + f[3], -f[0] + f[1] + f[2] - f[3]
            about = [lever * a.turns * roll, lever * pitch]
        inertia = np.array(a.inertia)
        w = self.rates[k]
        torque = np.array([*about, self.yaw_torque(rpm)]) - np.cross(w, inertia * w)
        velocity = self.velocity[k] + STEP * force / a.mass
        w = w + STEP * torque / inertia
        size, quat = np.linalg.norm(w), self.quat[k]
        if not np.isclose(size, 0):
            p, q, r = w
            turn = 0.5 * np.array([[0, r, -q, p], [-r, 0, p, q], [q, -p, 0, r], [-p, -q, -r, 0]])
            angle = size * STEP / 2
            quat = (np.eye(4) * np.cos(angle) + 2 / size * turn * np.sin(angle)) @ quat
        position = self.position[k] + STEP * velocity
        self.client.resetBasePositionAndOrientation(self.drones[k], position, quat)
        self.client.resetBaseVelocity(self.drones[k], velocity, body @ w)
        self.rates[k] = w


def fly(airframe: str, physics: str, position: np.ndarray, rpy: np.ndarray, rpm: np.ndarray,
        every: int) -> np.ndarray:  # fmt: skip
    """States of a flight, every so many steps, the first one included."""
    flight = Flight(airframe, physics, position, rpy)
    states = [flight.state]
    for step, speeds in enumerate(rpm):
        flight.step(speeds)
        if (step + 1) % every == 0:
            states.append(flight.state)
    flight.client.disconnect()
    return np.array(states)


class Hover:
    """The peer's `hover` and `multihover`, actions `rpm` and `one_d_rpm`, plain physics, 30 Hz."""

    SUBSTEPS, SHOWN = 8, 15  # physics steps of one of control; actions that are shown

    def __init__(self, task: str, numbers: int):
        self.drones, self.numbers = (1 if task == "hover" else 2), numbers
        self.side = 1.5 if task == "hover" else 2.0
        about = AIRFRAMES["CF2X"]
        self.hover = np.sqrt(about.mass * GRAVITY / (4 * about.thrust))
        k = np.arange(self.drones)
        aside = 4 * about.arm * k
        self.start = np.column_stack([aside, aside, 0 * k + 0.1125])
        self.target = np.array([[0, 0, 1.0]])
        if task == "multihover":
            self.target = self.start + np.column_stack([0 * k, 0 * k, 1 / (k + 1)])
        self.reset()

    def reset(self) -> np.ndarray:
        """The first observation; unlike the peer's it forgets the actions of the last episode."""
        self.flight = Flight("CF2X", "pyb", self.start, 0 * self.start)
        self.taken = [np.zeros((self.drones, self.numbers))] * self.SHOWN
        self.count = 0
        return self.seen()

    def seen(self) -> np.ndarray:
        """Position, rpy, velocity, angular velocity, and the last actions, oldest first."""
        f = self.flight
        kinematics = np.hstack([f.position, f.rpy, f.velocity, f.spin]).astype(np.float32)
        return np.hstack([kinematics, *self.taken])

    def step(self, action: np.ndarray) -> tuple[np.ndarray, float, bool, bool]:
        """A step of control: observation, reward, terminated, truncated."""
        self.taken = [*self.taken[1:], action]
        rpm = np.broadcast_to(self.hover * (1 + 0.05 * action), (self.drones, 4))
        for substep in range(self.SUBSTEPS):
            self.flight.step(rpm, reads=substep == self.SUBSTEPS - 1)
        f = self.flight
        far = np.linalg.norm(self.target - f.position, axis=1)
        aside, tilt = np.abs(f.position[:, :2]), np.abs(f.rpy[:, :2])
        left = aside.max() > self.side or f.position[:, 2].max() > 2 or tilt.max() > 0.4
        truncated = bool(left or self.count * STEP > 8)
        self.count += self.SUBSTEPS
        return (
            self.seen(),
            float(np.maximum(0, 2 - far**4).sum()),
            bool(far.sum() < 1e-4),
            truncated,
        )


def learn(task: str, actions: np.ndarray) -> dict[str, np.ndarray]:
    """An episode under given actions, until it ends; arrays as in tests/golden."""
    env = Hover(task, actions.shape[-1])
    seen, rest = [env.seen()], []
    for action in actions:
        observation, *results = env.step(action)
        seen.append(observation)
        rest.append(results)
        if results[1] or results[2]:
            break
    env.flight.client.disconnect()
    reward, terminated, truncated = (np.array(column) for column in zip(*rest, strict=True))
    return {
        "action": actions[: len(rest)],
        "observation": np.array(seen),
        "reward": reward,
        "terminated": terminated,
        "truncated": truncated,
    }
