"""How numba compiles kernels and what they call; `jit` imports it when there is something to compile.

A helper is typed and lowered, and nothing else: LLVM inlines it into kernels, which are what is optimised and
becomes machine code. Numba alone would do both with every function, and again in each that calls it.
Nothing counts references: kernels own no memory.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

from llvmlite import ir

# `_dynfunc` has no types: it is private to numba, which makes with it what Python calls. There is no public
# way to that of a function without an address.
from numba import _dynfunc, types  # type: ignore[attr-defined]
from numba.core import cgutils, codegen, compiler, compiler_machinery, registry, typed_passes
from numba.core.runtime.nrt import rtsys
from numba.extending import intrinsic
from numba.np.arrayobj import populate_array

from nnkernels.cache import Entry
from nnkernels.fingerprint import fingerprint

if TYPE_CHECKING:
    from nnkernels.jit import Kernel

# Without ways in for Python and C, which nobody takes, and without memory that is counted.
INNER = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True, "_nrt": False}
# Of arrays of which only the beginning is known. A formality: kernels index only what their plan laid out.
LENGTH = 1 << 40


class Inlined(codegen.JITCodeLibrary):
    """Functions in LLVM's own form, for others to link in: not optimised, and no machine code."""

    def add_llvm_module(self, ll_module: Any) -> None:
        ll_module.data_layout = self._codegen._data_layout
        self._final_module.link_in(ll_module)

    def finalize(self) -> None:
        self._raise_if_finalized()
        for library in dict.fromkeys(self._linking_libraries):
            self._reload_init.update(library._reload_init)
            # Numba links its memory management into each function, used or not.
            if library is not rtsys.library:
                self._final_module.link_in(library._get_module_for_linking(), preserve=True)
        self._finalized = True


class Whole(Inlined):
    """A kernel with all that it calls; ``entry`` is the symbol that others see."""

    entry = ""

    def finalize(self) -> None:
        super().finalize()
        module = self._final_module
        copies = [f for f in module.functions if not f.is_declaration and f.name != self.entry]
        for number, function in enumerate(copies):
            # Of what several kernels have a copy of, the linker would take the first for all.
            function.linkage = "internal"
            # It goes by names alone, internal ones too, and LLVM lets an internal copy take other arguments:
            # whoever else calls the same function would get this one.
            function.name = f"{self.entry}.{number}"
        # Numba's first round of cheaper passes brings references together, and there are none.
        passes, builder = self._codegen._module_pass_manager()
        passes.run(module, builder)
        module.verify()
        self._finalize_final_module()


@compiler_machinery.register_pass(mutates_CFG=False, analysis_only=False)
class Declare(compiler_machinery.LoweringPass):
    """Lets others call a function that has no address."""

    _name = "nnkernels_declare"

    def __init__(self) -> None:
        compiler_machinery.LoweringPass.__init__(self)

    def run_pass(self, state: Any) -> bool:
        lowered = state["cr"]
        # What numba finds the function by, in the form that it wants; whoever called it would call address 0.
        key = _dynfunc.make_function(
            sys.modules[__name__], lowered.fndesc.unique_name, "", 0, lowered.env, (state.library,)
        )
        state.targetctx.insert_user_function(key, lowered.fndesc, [state.library])
        state["cr"] = lowered._replace(cfunc=key)
        return True


class Pipeline(compiler.CompilerBase):
    """Numba's passes, into a library of another class."""

    library: type[Inlined] = Inlined

    def define_pipelines(self) -> list[Any]:
        state = self.state
        state.flags.no_compile = True
        state.library = self.library(state.targetctx.codegen(), state.func_id.func_qualname)
        state.library.enable_object_caching()
        passes = compiler.DefaultPassBuilder.define_nopython_pipeline(state)
        passes.add_pass_after(Declare, typed_passes.NativeLowering)
        passes.finalize()
        return [passes]


class KernelPipeline(Pipeline):
    """The same for the body of a kernel."""

    library = Whole


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


def array_from(context: Any, builder: Any, kind: Any, pointer: Any) -> Any:
    """The array of type ``kind`` that begins at a pointer."""
    array = context.make_array(kind)(context, builder)
    pointer = builder.bitcast(pointer, context.get_value_type(kind.dtype).as_pointer())
    size = context.get_constant(types.intp, kind.dtype.bitwidth // 8)
    length = context.get_constant(types.intp, LENGTH)
    populate_array(array, pointer, [length], [size], size, None)
    return array._getvalue()


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
