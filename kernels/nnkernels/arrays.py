"""Arrays of one axis in what numba lowers, as values.

Numba lays an array out in memory for each access, for LLVM to take apart again. That was most of a kernel.
"""

from __future__ import annotations

import operator
from typing import Any

from llvmlite import ir
from numba import types
from numba.core.cpu import CPUContext
from numba.core.imputils import impl_ret_borrowed, lower_builtin
from numba.cpython.slicing import fix_index
from numba.np import arrayobj

# Of arrays of which only the beginning is known. A formality: kernels index only what their plan laid out.
LENGTH = 1 << 40


def member(context: Any, builder: Any, kind: Any, value: Any, name: str) -> Any:
    """One of the values that an array, or another structure of type ``kind``, is made of."""
    return builder.extract_value(value, context.data_model_manager[kind].get_field_position(name))


def array_from(context: Any, builder: Any, kind: Any, pointer: Any) -> Any:
    """The array of type ``kind`` that begins at a pointer."""
    size, model = kind.dtype.bitwidth // 8, context.data_model_manager[kind]
    data = model.get_field_position("data")
    known: dict[int, Any] = {
        model.get_field_position(name): value
        for name, value in (("nitems", LENGTH), ("itemsize", size), ("shape", [LENGTH]), ("strides", [size]))
    }
    parts = context.get_value_type(kind)
    array = ir.Constant(parts, [known.get(position) for position in range(len(parts.elements))])
    return builder.insert_value(array, builder.bitcast(pointer, parts.elements[data]), data)


def _is_plain(context: Any, array: Any) -> bool:
    # A graphics card's numba may take what is registered for processors.
    known = isinstance(context, CPUContext) and not context.enable_boundscheck
    return known and array.ndim == 1 and array.layout == "C" and array.aligned


def _size(context: Any, builder: Any, kind: Any, array: Any) -> Any:
    return builder.extract_value(member(context, builder, kind, array, "shape"), 0)


def _item(context: Any, builder: Any, kind: Any, array: Any, index_kind: Any, index: Any) -> Any:
    size = _size(context, builder, kind, array)
    index = arrayobj.fix_integer_index(context, builder, index_kind, index, size)
    return builder.gep(member(context, builder, kind, array, "data"), [index])


def get_item(context: Any, builder: Any, sig: Any, given: Any) -> Any:
    """``array[index]``."""
    kind, index_kind = sig.args
    if not _is_plain(context, kind):
        return arrayobj.getitem_arraynd_intp(context, builder, sig, given)
    item = _item(context, builder, kind, given[0], index_kind, given[1])
    value = arrayobj.load_item(context, builder, kind, item)
    return impl_ret_borrowed(context, builder, sig.return_type, value)


def set_item(context: Any, builder: Any, sig: Any, given: Any) -> Any:
    """``array[index] = value``."""
    kind, index_kind, value_kind = sig.args
    if not _is_plain(context, kind):
        return arrayobj.setitem_array(context, builder, sig, given)
    item = _item(context, builder, kind, given[0], index_kind, given[1])
    value = context.cast(builder, given[2], value_kind, kind.dtype)
    arrayobj.store_item(context, builder, kind, value, item)
    return context.get_dummy_value()


def get_slice(context: Any, builder: Any, sig: Any, given: Any) -> Any:
    """``array[start:stop]``."""
    kind, slice_kind = sig.args
    if not _is_plain(context, kind) or slice_kind.has_step:
        return arrayobj.getitem_arraynd_intp(context, builder, sig, given)
    array, bounds = given
    size = _size(context, builder, kind, array)
    zero = ir.Constant(size.type, 0)

    def bound(name: str) -> Any:
        at = fix_index(builder, member(context, builder, slice_kind, bounds, name), size)
        at = builder.select(builder.icmp_signed("<", at, zero), zero, at)
        return builder.select(builder.icmp_signed(">=", at, size), size, at)

    start = bound("start")
    length = builder.sub(bound("stop"), start)
    length = builder.select(builder.icmp_signed("<=", length, zero), zero, length)
    model = context.data_model_manager[kind]
    data = builder.gep(member(context, builder, kind, array, "data"), [start])
    array = builder.insert_value(array, data, model.get_field_position("data"))
    array = builder.insert_value(array, length, model.get_field_position("nitems"))
    array = builder.insert_value(array, length, [model.get_field_position("shape"), 0])
    return impl_ret_borrowed(context, builder, sig.return_type, array)


# Closer to what kernels hand over than numba's own, which are for buffers of any kind.
lower_builtin(operator.getitem, types.Array, types.Integer)(get_item)
lower_builtin(operator.getitem, types.Array, types.SliceType)(get_slice)
lower_builtin(operator.setitem, types.Array, types.Integer, types.Number)(set_item)
