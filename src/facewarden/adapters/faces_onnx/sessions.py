"""Opens ONNX models in ONNX Runtime with the threads and providers that were asked for.

It never chooses a provider by itself: one that is not there is an error, not a silent fall back; and it never lets
ONNX Runtime report on its use to its maker.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from facewarden.errors import DamagedError, UnavailableError

CPU = "CPUExecutionProvider"
# ONNX Runtime's level for errors: its warnings are about models as published, and nobody can act on them.
_LOG_ERRORS_ONLY = 3


NO_TELEMETRY = "ORT_DISABLE_TELEMETRY"
"""Read by ONNX Runtime 1.31 while it is imported; later calls come after it has made a device id and a connection."""


@cache
def runtime() -> Any:
    """The module `onnxruntime`, loaded when first needed and silenced before."""
    os.environ[NO_TELEMETRY] = "1"
    import onnxruntime

    return onnxruntime


class Session:
    """One model, ready to run. Threads may share it."""

    def __init__(self, path: Path, providers: Sequence[str], threads: int) -> None:
        """Open `path`; UnavailableError for a provider that is not installed, DamagedError for a bad file."""
        missing = [name for name in providers if name not in runtime().get_available_providers()]
        if missing:
            raise UnavailableError(
                code="faces_provider_missing",
                what=f"ONNX Runtime has no {', '.join(missing)} here.",
                why="It was built without it, or its driver is absent.",
                next_step="Install the build of onnxruntime that has it, or use the CPU.",
            )
        options = runtime().SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = _LOG_ERRORS_ONLY
        # Threads that wait by spinning would burn the processor time that other steps need.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            self._session = runtime().InferenceSession(str(path), options, providers=list(providers))
        except _runtime_errors() as error:
            raise DamagedError(
                code="model_file_damaged",
                what=f"The model {path.name} cannot be opened.",
                why="ONNX Runtime refuses it.",
                next_step="Run: facewarden models build",
            ) from error
        self._input = self._session.get_inputs()[0].name

    def run(self, value: NDArray[np.uint8]) -> tuple[NDArray[np.float32], ...]:
        """The model's outputs for its one input, in the order of the file."""
        try:
            return tuple(self._session.run(None, {self._input: value}))
        except _runtime_errors() as error:
            raise UnavailableError(
                code="faces_run_failed",
                what="A face model could not run.",
                why="ONNX Runtime stopped, most often for want of memory.",
                next_step="Try again with fewer threads or a smaller photo.",
            ) from error


@cache
def _runtime_errors() -> tuple[type[Exception], ...]:
    """Everything that ONNX Runtime raises of its own: it has no common root."""
    state = runtime().capi.onnxruntime_pybind11_state
    names = ("Fail", "InvalidArgument", "InvalidGraph", "InvalidProtobuf", "NoSuchFile", "RuntimeException")
    return tuple(getattr(state, name) for name in names)
