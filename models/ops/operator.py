"""Makes functions operators of PyTorch: dispatched by device, differentiable, seen by tracers.

Why not `torch.library.custom_op`: its first call imports the machinery of `torch.compile`, two
seconds that every command would wait for.
"""

import functools
import importlib
from collections.abc import Callable
from typing import Any

import torch

NAMESPACE = "vfi"

Function = Callable[..., Any]

PLACES: dict[str, dict[str, str]] = {}  # of what computes an operator, by its name and device


def operator(name: str, cpu: str, cuda: str, fake: Function) -> Function:
    """Return the operator `torch.ops.vfi.NAME`.

    Args:
        cpu, cuda: where in this package the function stands that computes it, "cpu.splat:forward";
            it is imported at its first call. It neither changes its arguments nor returns one.
        fake: what it returns of arguments that hold no numbers: shapes, types and layouts. Its
            annotations are the schema.
    """
    operators = getattr(torch.ops, NAMESPACE)
    if not hasattr(operators, name):  # the package may be imported under two names
        full_name = f"{NAMESPACE}::{name}"
        torch.library.define(full_name, torch.library.infer_schema(fake, mutates_args=()))
        PLACES[name] = {"cpu": cpu, "cuda": cuda}
        for device, place in PLACES[name].items():
            torch.library.impl(full_name, device, _late(place))
        torch.library.register_fake(full_name, fake)
    overload: Function = getattr(operators, name).default
    return overload


def _late(place: str) -> Function:
    """Return the function at "MODULE:NAME", imported when called: numba and CuPy take seconds."""
    return lambda *arguments: function_at(place)(*arguments)


@functools.cache
def function_at(place: str) -> Function:
    """Return the function at "MODULE:NAME" in this package."""
    module, _, name = place.partition(":")
    function: Function = getattr(importlib.import_module(f".{module}", __package__), name)
    return function


def differentiate(name: str, backward: Function, setup_context: Function) -> None:
    """Give the operator a gradient, as `torch.library.register_autograd` wants it."""
    full_name = f"{NAMESPACE}::{name}"
    torch.library.register_autograd(full_name, backward, setup_context=setup_context)
