"""Numba's way from a function to LLVM, without what kernels have no use for.

What comes out is the same. A third of the time that numba's own way takes goes into passes that find nothing,
questions that were answered before, and memory of variables that nobody looks at.
"""

from __future__ import annotations

import operator
import sys
from typing import Any

# `_dynfunc` has no types: it is private to numba, which makes with it what Python calls. There is no public
# way to that of a function without an address.
from numba import _dynfunc, types  # type: ignore[attr-defined]
from numba.core import codegen, compiler, compiler_machinery, lowering, typed_passes, untyped_passes
from numba.core.runtime.nrt import rtsys


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


class Lower(lowering.Lower):
    """Lowers functions in which nothing counts references: what a variable held before is of no interest."""

    def storevar(self, value: Any, name: str, argidx: int | None = None) -> None:
        if argidx is not None or name in self._singly_assigned_vars:
            super().storevar(value, name, argidx)
        else:
            self.builder.store(value, self.getvar(name))

    def delvar(self, name: str) -> None:
        if name not in self._blk_local_varmap:
            self._singly_assigned_vars.discard(name)


@compiler_machinery.register_pass(mutates_CFG=True, analysis_only=False)
class Lowering(typed_passes.BaseNativeLowering):
    """From numba's form of a function to LLVM's."""

    _name = "nnkernels_lowering"  # type: ignore[assignment]

    @property
    def lowering_class(self) -> type[Lower]:
        return Lower


# Those of numba that change something: kernels have no closures, no `with`, no arithmetic with whole arrays,
# and inline nothing before they are lowered.
PASSES: tuple[type[Any], ...] = (
    untyped_passes.TranslateByteCode,
    untyped_passes.FixupArgs,
    untyped_passes.IRProcessing,
    untyped_passes.RewriteSemanticConstants,
    untyped_passes.DeadBranchPrune,
    untyped_passes.GenericRewrites,
    untyped_passes.ReconstructSSA,
    untyped_passes.DeadBranchPrune,
    typed_passes.NopythonTypeInference,
    typed_passes.PreLowerStripPhis,
    typed_passes.NoPythonSupportedFeatureValidation,
    typed_passes.IRLegalization,
    typed_passes.AnnotateTypes,
    Lowering,
    Declare,
    typed_passes.NoPythonBackend,
)


class Pipeline(compiler.CompilerBase):
    """Through these passes, into a library of another class."""

    library: type[Inlined] = Inlined

    def define_pipelines(self) -> list[Any]:
        state = self.state
        state.flags.no_compile = True
        state.library = self.library(state.targetctx.codegen(), state.func_id.func_qualname)
        state.library.enable_object_caching()
        passes = compiler_machinery.PassManager("nnkernels")
        for step in PASSES:
            passes.add_pass(step, step.name())
        passes.finalize()
        return [passes]


class KernelPipeline(Pipeline):
    """The same for the body of a kernel."""

    library = Whole


# What kernels do with numbers and arrays.
OPERATORS: tuple[Any, ...] = (
    operator.add, operator.sub, operator.mul, operator.truediv, operator.floordiv, operator.mod, operator.neg,
    operator.iadd, operator.isub, operator.imul, operator.itruediv, operator.eq, operator.ne, operator.lt,
    operator.le, operator.gt, operator.ge, operator.getitem, operator.setitem, bool,
)  # fmt: skip
REMEMBERED = types.Number | types.Boolean | types.Array | types.SliceType


def remember(target: Any) -> None:
    """Have numba look once at what an operator makes of numbers and arrays.

    It would try all that it knows of each time: whether a sum of integers is one of dates, lists, strings.
    """
    # What it reads later would take the place of what remembers.
    target.target_context.refresh()
    for of in OPERATORS:
        _remember(target.typing_context.resolve_value_type(of))


def _remember(function: Any) -> None:
    resolve, known = function.get_call_type, dict[Any, Any]()

    def get_call_type(context: Any, arguments: Any, named: Any) -> Any:
        key = tuple(arguments)
        if named or not all(isinstance(types.unliteral(argument), REMEMBERED) for argument in key):
            return resolve(context, arguments, named)
        if key not in known:
            known[key] = resolve(context, arguments, named)
        return known[key]

    function.get_call_type = get_call_type
