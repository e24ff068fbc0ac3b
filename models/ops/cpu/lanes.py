"""Eight numbers at a time: the few vector operations that the compiled CPU kernels are written in.

Left to itself the compiler must assume that the pixels which are written to and those which are
read may overlap, and then handles one number after the other.

Numba stamps its cache with the file of the kernel, not with the files whose functions and constants
are compiled into it: whoever changes something here, in `splat_geometry`, `weighting` or the limits
in `reference` deletes `models/ops/cpu/__pycache__`.
"""

# mypy: disable-error-code="no-untyped-def,no-untyped-call,misc"

from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.extending import intrinsic, models, register_model

LANES = 8
# a·b + c may be rounded once; nothing else is left to the compiler.
FLAGS = ("contract",)


class Lanes(types.Type):
    """`LANES` numbers of a type, held in one vector register or two."""

    def __init__(self, dtype: Any) -> None:
        self.dtype = dtype
        super().__init__(name=f"Lanes({dtype})")


@register_model(Lanes)
class LanesModel(models.PrimitiveModel):
    """How LLVM sees them: a vector."""

    def __init__(self, manager, lanes):
        number = manager.lookup(lanes.dtype).get_value_type()
        super().__init__(manager, lanes, ir.VectorType(number, LANES))


def _vector_pointer(context, builder, array_type, array, start):
    number = context.get_value_type(array_type.dtype)
    data = context.make_array(array_type)(context, builder, array).data
    pointer = builder.bitcast(builder.gep(data, [start]), ir.VectorType(number, LANES).as_pointer())
    return pointer, context.get_abi_sizeof(number)


def _load(context, builder, array_type, array, start):
    pointer, alignment = _vector_pointer(context, builder, array_type, array, start)
    return builder.load(pointer, align=alignment)


def _store(context, builder, array_type, array, start, value):
    pointer, alignment = _vector_pointer(context, builder, array_type, array, start)
    builder.store(value, pointer, align=alignment)


@intrinsic
def load(typing_context, array, start):
    """Return the numbers of a flat array from `start` on; the index is not checked."""

    def generate(context, builder, signature, arguments):
        return _load(context, builder, signature.args[0], *arguments)

    return Lanes(array.dtype)(array, types.intp), generate


@intrinsic
def store(typing_context, array, start, value):
    """Write the numbers to a flat array from `start` on; the index is not checked."""

    def generate(context, builder, signature, arguments):
        _store(context, builder, signature.args[0], *arguments)
        return context.get_dummy_value()

    return types.void(array, types.intp, value), generate


@intrinsic
def broadcast(typing_context, number):
    """Return the number in every lane."""

    def generate(context, builder, signature, arguments):
        vector = context.get_value_type(signature.return_type)
        nothing = ir.Constant(vector, ir.Undefined)
        one = builder.insert_element(nothing, arguments[0], ir.IntType(32)(0))
        first = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
        return builder.shuffle_vector(one, nothing, first)

    return Lanes(number)(number), generate


@intrinsic
def multiply(typing_context, one, two):
    """Return one · two."""

    def generate(context, builder, signature, arguments):
        return builder.fmul(*arguments, flags=FLAGS)

    return one(one, one), generate


@intrinsic
def subtract(typing_context, one, two):
    """Return one - two."""

    def generate(context, builder, signature, arguments):
        return builder.fsub(*arguments, flags=FLAGS)

    return one(one, one), generate


@intrinsic
def multiply_add(typing_context, one, two, three):
    """Return one · two + three."""

    def generate(context, builder, signature, arguments):
        product = builder.fmul(arguments[0], arguments[1], flags=FLAGS)
        return builder.fadd(product, arguments[2], flags=FLAGS)

    return one(one, one, one), generate


@intrinsic
def horizontal_sum(typing_context, value):
    """Return the sum over the lanes, as a number."""

    def generate(context, builder, signature, arguments):
        (part,) = arguments
        count = LANES
        while count > 1:
            count //= 2
            halves = [
                builder.shuffle_vector(
                    part,
                    part,
                    ir.Constant(ir.VectorType(ir.IntType(32), count), list(lanes)),
                )
                for lanes in (range(count), range(count, 2 * count))
            ]
            part = builder.fadd(*halves, flags=FLAGS)
        return builder.extract_element(part, ir.IntType(32)(0))

    return value.dtype(value), generate


@intrinsic
def transpose(typing_context, source, start, step, target, target_start, target_step):
    """Transpose a square of `LANES` by `LANES` numbers from one flat array to another.

    The rows begin at `start`, `start + step`, …; no index is checked.
    """
    index = types.intp
    signature = types.void(source, index, index, target, index, index)

    def generate(context, builder, signature, arguments):
        source, start, step, target, target_start, target_step = arguments
        rows = []
        for _ in range(LANES):
            rows.append(_load(context, builder, signature.args[0], source, start))
            start = builder.add(start, step)
        # Exchange single numbers, then pairs, then halves: the way that stays longest within
        # the 128-bit halves of a register.
        for distance, low, high in (
            (1, [0, 8, 2, 10, 4, 12, 6, 14], [1, 9, 3, 11, 5, 13, 7, 15]),
            (2, [0, 1, 8, 9, 4, 5, 12, 13], [2, 3, 10, 11, 6, 7, 14, 15]),
            (4, [0, 1, 2, 3, 8, 9, 10, 11], [4, 5, 6, 7, 12, 13, 14, 15]),
        ):
            masks = [ir.Constant(ir.VectorType(ir.IntType(32), LANES), m) for m in (low, high)]
            for row in range(LANES):
                if not row & distance:
                    pair = rows[row], rows[row + distance]
                    rows[row] = builder.shuffle_vector(*pair, masks[0])
                    rows[row + distance] = builder.shuffle_vector(*pair, masks[1])
        for row in rows:
            _store(context, builder, signature.args[3], target, target_start, row)
            target_start = builder.add(target_start, target_step)
        return context.get_dummy_value()

    return signature, generate
