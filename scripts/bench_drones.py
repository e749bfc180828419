"""The peers of the quadcopters for scripts/bench_worker.py: crazyflow, and gym-pybullet-drones.

The second is on no package index. What stands for it here is written anew from what its step is
known to do: the same PyBullet calls in the same order, and between them the numpy operations it
makes, on arrays of the same shapes (one row a drone, a state vector put together anew for
observation, reward and each end, the action buffer stacked entry by entry). Left out are its
branches for pictures, GUI and other action types, and its reset builds the world anew, which this
one does not: it is no slower than the original.
"""

from collections import deque

import numpy as np

GRAVITY, MASS, ARM, KF, KM = 9.8, 0.027, 0.0397, 3.16e-10, 7.94e-12  # cf2x
INERTIA = np.diag([1.4e-5, 1.4e-5, 2.17e-5])
INVERSE = np.linalg.inv(INERTIA)


def pybullet_world():
    """A client with a plane and a cf2x: a cylinder with four rotors and a centre as fixed links."""
    import pybullet
    import pybullet_data
    from pybullet_utils import bullet_client

    client = bullet_client.BulletClient(connection_mode=pybullet.DIRECT)
    client.setGravity(0, 0, -GRAVITY)
    client.setTimeStep(1 / 240)
    client.setAdditionalSearchPath(pybullet_data.getDataPath())
    client.loadURDF("plane.urdf")
    shape = client.createCollisionShape(pybullet.GEOM_CYLINDER, radius=0.06, height=0.025)
    none = [-1] * 5
    origin, level = [0, 0, 0], [0, 0, 0, 1]
    body = client.createMultiBody(
        MASS, shape, basePosition=[0, 0, 0.1125],
        linkMasses=[1e-9] * 5, linkCollisionShapeIndices=none, linkVisualShapeIndices=none,
        linkPositions=[[0.028, -0.028, 0], [-0.028, -0.028, 0], [-0.028, 0.028, 0],
                       [0.028, 0.028, 0], origin],
        linkOrientations=[level] * 5, linkInertialFramePositions=[origin] * 5,
        linkInertialFrameOrientations=[level] * 5, linkParentIndices=[0] * 5,
        linkJointTypes=[pybullet.JOINT_FIXED] * 5, linkJointAxis=[[0, 0, 1]] * 5,
    )  # fmt: skip
    return client, body


class Aviary:
    """One drone of gym-pybullet-drones, as far as its step goes."""

    def __init__(self, physics, substeps, learns):
        import pybullet

        self.client, self.body = pybullet_world()
        self.link_frame = pybullet.LINK_FRAME
        self.explicit, self.substeps, self.learns = physics == "dyn", substeps, learns
        self.hover = np.sqrt(MASS * GRAVITY / 4 / KF)
        self.fastest = np.sqrt(2.25 * MASS * GRAVITY / 4 / KF)
        self.buffer = deque(np.zeros((15, 1, 4)), maxlen=15)
        self.target = np.array([0, 0, 1])
        self.rates, self.commanded, self.count = np.zeros((1, 3)), np.zeros((1, 4)), 0
        self.place, self.turn, self.angles = np.zeros((1, 3)), np.zeros((1, 4)), np.zeros((1, 3))
        self.velocity, self.spin = np.zeros((1, 3)), np.zeros((1, 3))
        self.read()

    def read(self):
        """What Bullet has, into the arrays."""
        for i in range(1):
            pose = self.client.getBasePositionAndOrientation(self.body)
            self.place[i], self.turn[i] = pose
            self.angles[i] = self.client.getEulerFromQuaternion(self.turn[i])
            self.velocity[i], self.spin[i] = self.client.getBaseVelocity(self.body)

    def vector(self, i):
        """The twenty numbers of a drone."""
        parts = (self.place, self.turn, self.angles, self.velocity, self.spin, self.commanded)
        return np.hstack([part[i, :] for part in parts]).reshape(20)

    def push(self, rpm):
        """Bullet's forces of a physics step."""
        forces, torques = np.array(rpm**2) * KF, np.array(rpm**2) * KM
        about_z = -torques[0] + torques[1] - torques[2] + torques[3]
        for rotor in range(4):
            self.client.applyExternalForce(
                self.body, rotor, forceObj=[0, 0, forces[rotor]], posObj=[0, 0, 0],
                flags=self.link_frame,
            )  # fmt: skip
        self.client.applyExternalTorque(
            self.body, 4, torqueObj=[0, 0, about_z], flags=self.link_frame
        )

    def integrate(self, rpm, i):
        """A step of the explicit dynamics, whose result Bullet is told."""
        place, turn, velocity = self.place[i, :], self.turn[i, :], self.velocity[i, :]
        rates = self.rates[i, :]
        rotation = np.array(self.client.getMatrixFromQuaternion(turn)).reshape(3, 3)
        forces, drags = np.array(rpm**2) * KF, np.array(rpm**2) * KM
        thrust = np.dot(rotation, np.array([0, 0, np.sum(forces)]))
        force = thrust - np.array([0, 0, MASS * GRAVITY])
        lever = ARM / np.sqrt(2)
        torque = np.array([
            (-forces[0] - forces[1] + forces[2] + forces[3]) * lever,
            (-forces[0] + forces[1] + forces[2] - forces[3]) * lever,
            -drags[0] + drags[1] - drags[2] + drags[3],
        ])  # fmt: skip
        torque = torque - np.cross(rates, np.dot(INERTIA, rates))
        velocity = velocity + force / MASS / 240
        rates = rates + np.dot(INVERSE, torque) / 240
        place = place + velocity / 240
        size = np.linalg.norm(rates)
        if not np.isclose(size, 0):
            p, q, r = rates
            half = np.array([[0, r, -q, p], [-r, 0, p, q], [q, -p, 0, r], [-p, -q, -r, 0]]) * 0.5
            angle = size / 240 / 2
            turn = np.dot(np.eye(4) * np.cos(angle) + 2 / size * half * np.sin(angle), turn)
        self.client.resetBasePositionAndOrientation(self.body, place, turn)
        self.client.resetBaseVelocity(self.body, velocity, np.dot(rotation, rates))
        self.rates[i, :] = rates

    def step(self, action):
        """A control step: observation, reward, ends."""
        rpm = np.zeros((1, 4))
        if self.learns:
            self.buffer.append(action)
            for i in range(action.shape[0]):
                rpm[i, :] = np.array(self.hover * (1 + 0.05 * action[i, :]))
        else:
            rpm = np.array([np.clip(action[i, :], 0, self.fastest) for i in range(1)])
        rpm = np.reshape(rpm, (1, 4))
        for _ in range(self.substeps):
            if self.explicit and self.substeps > 1:
                self.read()
            for i in range(1):
                if self.explicit:
                    self.integrate(rpm[i, :], i)
                else:
                    self.push(rpm[i, :])
            if not self.explicit:
                self.client.stepSimulation()
            self.commanded = rpm
        self.read()
        result = self.judged() if self.learns else (self.vectors(), -1.0, False, False)
        self.count += self.substeps
        return result

    def vectors(self):
        """The observation of raw control."""
        return np.array([self.vector(i) for i in range(1)])

    def judged(self):
        """Observation, reward and ends of hovering."""
        shown = np.zeros((1, 12))
        for i in range(1):
            s = self.vector(i)
            shown[i, :] = np.hstack([s[0:3], s[7:10], s[10:13], s[13:16]]).reshape(12)
        observation = np.array([shown[i, :] for i in range(1)]).astype("float32")
        for action in self.buffer:
            observation = np.hstack([observation, np.array([action[j, :] for j in range(1)])])
        s = self.vector(0)
        reward = max(0, 2 - np.linalg.norm(self.target - s[0:3]) ** 4)
        s = self.vector(0)
        terminated = bool(np.linalg.norm(self.target - s[0:3]) < 1e-4)
        s = self.vector(0)
        far = abs(s[0]) > 1.5 or abs(s[1]) > 1.5 or s[2] > 2.0
        truncated = bool(far or abs(s[7]) > 0.4 or abs(s[8]) > 0.4 or self.count / 240 > 8)
        return observation, reward, terminated, truncated

    def restart(self):
        """Back to the start, cheaper than the peer's reset, which builds the world anew."""
        self.client.resetBasePositionAndOrientation(self.body, [0, 0, 0.1125], [0, 0, 0, 1])
        self.client.resetBaseVelocity(self.body, [0, 0, 0], [0, 0, 0])
        self.rates[:] = 0
        self.count = 0
        self.read()


def aviary(physics, substeps=8, learns=True):
    """Steps of the rebuilt aviary: hovering, or raw control."""
    env = Aviary(physics, substeps, learns)
    rng = np.random.default_rng(0)
    if learns:
        actions = rng.uniform(-1, 1, (256, 1, 4)).astype("float32")
    else:
        actions = env.hover * rng.uniform(0.99, 1.01, (256, 1, 4))

    def run(steps):
        for i in range(steps):
            _, _, terminated, truncated = env.step(actions[i & 255])
            if terminated or truncated or env.place[0, 2] < -1:
                env.restart()

    return run, 1


def crazyflow(worlds, substeps, level, drone="cf2x_L250", frequency=500):
    """Worlds of crazyflow's first-principles model under rotor speeds, on the processor.

    ``level``: a world's four speeds are one, drawn from this range (rpm).
    """
    import jax
    import jax.numpy as jnp
    from crazyflow.control import Control
    from crazyflow.dynamics import Dynamics
    from crazyflow.sim import Sim

    sim = Sim(
        n_worlds=worlds, drone=drone, dynamics=Dynamics.first_principles,
        control=Control.rotor_vel, freq=frequency, device="cpu",
    )  # fmt: skip
    rng = np.random.default_rng(0)
    speeds = [rng.uniform(*level, (worlds, 1, 1)).repeat(4, 2) for _ in range(8)]
    commands = [jnp.asarray(speed, "float32") for speed in speeds]

    def run(steps):
        for i in range(steps):
            sim.rotor_vel_control(commands[i & 7])
            sim.step(substeps)
            jax.block_until_ready(sim.data.states)

    return run, worlds
