"""flyball: one environment interface over robots, quadcopters, drives, linear plants and PDEs."""

__version__ = "0.1.0"
