"""Loads the toy environments before anything is collected."""

import bindings.helpers  # noqa: F401
