"""Makes functions operators of PyTorch: dispatched by device, differentiable, seen by tracers.

Why not `torch.library.custom_op`: its first call imports the machinery of `torch.compile`, two
seconds that every command would wait for.
"""

from collections.abc import Callable
from typing import Any

import torch

NAMESPACE = "vfi"

Function = Callable[..., Any]


def operator(name: str, cpu: Function, cuda: Function, fake: Function) -> Function:
    """The operator `torch.ops.vfi.NAME`.

    Args:
        cpu, cuda: what computes it; the CPU's annotations are the schema. Neither changes its
            arguments or returns one of them.
        fake: what it returns of arguments that hold no numbers: shapes, types and layouts.
    """
    operators = getattr(torch.ops, NAMESPACE)
    if not hasattr(operators, name):  # the package may be imported under two names
        full_name = f"{NAMESPACE}::{name}"
        torch.library.define(full_name, torch.library.infer_schema(cpu, mutates_args=()))
        torch.library.impl(full_name, "cpu", cpu)
        torch.library.impl(full_name, "cuda", cuda)
        torch.library.register_fake(full_name, fake)
    overload: Function = getattr(operators, name).default
    return overload


def differentiate(name: str, backward: Function, setup_context: Function) -> None:
    """Give the operator a gradient, as `torch.library.register_autograd` wants it."""
    full_name = f"{NAMESPACE}::{name}"
    torch.library.register_autograd(full_name, backward, setup_context=setup_context)
