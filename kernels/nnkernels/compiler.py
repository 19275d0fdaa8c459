"""How numba compiles kernels and what they call; `jit` imports it when there is something to compile.

A helper is typed and lowered, and nothing else: LLVM inlines it into kernels, which are what is optimised and
becomes machine code. Numba alone would do both with every function, and again in each that calls it.
Nothing counts references: kernels own no memory.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

from llvmlite import ir
from numba import types
from numba.core import cgutils, compiler, registry
from numba.extending import intrinsic

from nnkernels.arrays import array_from
from nnkernels.cache import Entry
from nnkernels.fingerprint import fingerprint
from nnkernels.pipeline import KernelPipeline, Pipeline, Whole, remember

if TYPE_CHECKING:
    from nnkernels.jit import Kernel

# Without ways in for Python and C, which nobody takes, and without memory that is counted.
INNER = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True, "_nrt": False}

remember(registry.cpu_target)


class Shared:
    """A function that kernels call where it lies: each would otherwise compile a copy of its own.

    ``define(module, name, *arguments)``, a function of a module, adds it to a module of LLVM; arguments are
    plain values, ``needs`` what it calls itself. Called, it makes sure that the function is there: a kernel
    that is loaded does so first.
    """

    _there: ClassVar[dict[str, Any]] = {}

    def __init__(
        self, define: Callable[..., None], arguments: tuple[Any, ...], needs: tuple[Shared, ...] = ()
    ) -> None:
        self.define, self.arguments, self.needs = define, arguments, needs
        name = ".".join(map(str, (define.__module__, define.__qualname__, *arguments)))
        self.entry = Entry(name, fingerprint(define, arguments), is_shared=True)

    def __reduce__(self) -> tuple[Any, ...]:
        return Shared, (self.define, self.arguments, self.needs)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Shared) and other.entry.file == self.entry.file

    def __hash__(self) -> int:
        return hash(self.entry.file)

    def __call__(self) -> None:
        symbol = self.entry.file
        if symbol in self._there:
            return
        for needed in self.needs:
            needed()
        context = registry.cpu_target.target_context
        library = self.entry.load(context, context.codegen().unserialize_library)
        if library is None:
            library = Whole(context.codegen(), symbol)
            library.enable_object_caching()
            library.entry = symbol
            module = library.create_ir_module(symbol)
            self.define(module, symbol, *self.arguments)
            library.add_ir_module(module)
            library.finalize()
            self.entry.save(context.codegen(), library.serialize_using_object_code())
        self._there[symbol] = library

    def call(self, context: Any, builder: Any, arguments: Sequence[Any]) -> None:
        """A call of it, in code that numba lowers."""
        self()
        context.active_code_library._reload_init.add(self)
        self.call_from(builder, arguments)

    def call_from(self, builder: Any, arguments: Sequence[Any]) -> None:
        """A call of it, in a function that needs it."""
        kind = ir.FunctionType(ir.VoidType(), [argument.type for argument in arguments])
        builder.call(cgutils.get_or_insert_function(builder.module, kind, self.entry.file), arguments)


class Helper(registry.CPUDispatcher):
    """A function that only compiled code calls."""

    def __call__(self, *arguments: Any, **named: Any) -> NoReturn:
        """Raise TypeError: without this, numba would jump to an address that is none."""
        raise TypeError(f"{self.py_func.__name__} has no address of its own: only compiled code can call it.")


def helper(function: Callable[..., Any], **options: Any) -> Any:
    """A `Helper` of this function; ``options`` are those of `numba.njit`."""
    dispatcher: Any = Helper(function, None, {"nopython": True, **INNER, **options}, Pipeline)
    fold = dispatcher._compiler.fold_argument_types

    def fold_general(arguments: Any, named: Any) -> Any:
        return fold(tuple(types.unliteral(argument) for argument in arguments), named)

    # Numba would compile it once for each constant that it is called with; LLVM sees those when it inlines.
    dispatcher._compiler.fold_argument_types = fold_general
    return dispatcher


def overload_options() -> dict[str, Any]:
    """The same, as `numba.extending.overload` wants it."""
    return {"nopython": True, "pipeline_class": Pipeline, **INNER}


# Not annotated, like all that is compiled: its parameters are numba's types of what compiled code hands over.
@intrinsic
def array_at(typingctx, address, like):  # type: ignore[no-untyped-def]
    """The array of ``like``'s type that starts at an address."""

    def codegen(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        kind = sig.return_type
        return array_from(context, builder, kind, builder.inttoptr(values[0], ir.PointerType()))

    return types.Array(like.dtype, 1, "C")(types.int64, like), codegen


def compiled(
    of: Kernel, function: Callable[..., None], dtype: str, name: str, options: Mapping[str, Any]
) -> Any:
    """What numba makes of a kernel's ``function``; the machine calls its symbol ``name``."""
    target = registry.cpu_target
    flags = compiler.Flags()
    target.options.parse_as_flags(flags, {"nopython": True, **INNER, **options})
    result = compiler.compile_extra(
        target.typing_context, target.target_context, function, argument_types(of, dtype), types.void, flags,
        {}, pipeline_class=KernelPipeline,
    )  # fmt: skip
    _add_entry(of, result, name)
    result.library.entry = name
    result.library.finalize()
    return result._replace(reload_init=tuple(result.library._reload_init))


def argument_types(of: Kernel, dtype: str) -> tuple[Any, ...]:
    """What a kernel gets: five buffers, the range, and its own arguments."""
    numbers = types.Array(types.int64, 1, "C")
    values = types.Array(getattr(types, dtype), 1, "C")
    own: list[Any] = [types.int64] * len(of.positions)
    for at, argument in enumerate(of.positions):
        if argument in of.records:
            record = of.records[argument]
            own[at] = types.NamedUniTuple(types.int64, len(record._fields), record)
    if of.rest:
        own[-1] = numbers
    return (numbers, *[values] * 4, *[types.int64] * 3, *own)


def _add_entry(of: Kernel, result: Any, name: str) -> None:
    """The function between the machine and a kernel: arrays of pointers, and arguments of numbers."""
    context, library, kinds = result.target_context, result.library, result.signature.args
    module = context.create_module("entry")
    pointer, i64 = ir.PointerType(), ir.IntType(64)
    shape = ir.FunctionType(ir.VoidType(), [pointer] * 6 + [i64] * 3)
    function = ir.Function(module, shape, name)
    builder = ir.IRBuilder(function.append_basic_block("entry"))
    given, *buffers = function.args[:6]

    def at(index: int) -> Any:
        return builder.gep(given, [i64(index)], source_etype=i64)

    def numbers(start: int, count: int) -> list[Any]:
        return [builder.load(at(start + i), typ=i64) for i in range(count)]

    values = [
        array_from(context, builder, kind, buffer) for kind, buffer in zip(kinds, buffers, strict=False)
    ]
    values += function.args[6:]
    for kind, start in zip(kinds[8:], of.positions.values(), strict=True):
        if isinstance(kind, types.Array):
            values.append(array_from(context, builder, kind, at(start)))
        elif kind == types.int64:
            values += numbers(start, 1)
        else:
            values.append(context.make_tuple(builder, kind, numbers(start, len(kind))))
    convention = context.call_conv
    callee_type = convention.get_function_type(types.void, kinds)
    callee = ir.Function(module, callee_type, result.fndesc.llvm_func_name)
    status, _ = convention.call_function(builder, callee, types.void, kinds, values)
    with builder.if_then(status.is_error, likely=False):
        _report(context, builder, status, name)
    builder.ret_void()
    library.add_ir_module(module)


def _report(context: Any, builder: Any, status: Any, name: str) -> None:
    """An exception that nobody can catch is written to stderr."""
    python = context.get_python_api(builder)
    lock = python.gil_ensure()
    context.call_conv.raise_error(builder, python, status)
    who = python.string_from_string(context.insert_const_string(builder.module, name))
    python.err_write_unraisable(who)
    python.decref(who)
    python.gil_release(lock)
