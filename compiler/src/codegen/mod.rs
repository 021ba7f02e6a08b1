//! From the intermediate representation to machine code, with Cranelift.
//!
//! One Cranelift function a program: `fn(*mut Context) -> status`. Values are Cranelift values, cells are Cranelift variables
//! (its frontend builds the SSA form), buffers are addresses: constants off the pointers in [`Context`], or off the frame
//! of the running iteration. Frames are pushed on a bounded stack (`tape`); a loop whose body has kept loops inside pushes a link to
//! its frame after the body, so that the reverse sweep finds it again.

mod emit;
mod layout;
mod strided;

use crate::ir::Function;
use crate::opaque::Opaque;
use cranelift_codegen::isa::OwnedTargetIsa;
use cranelift_codegen::settings::{self, Configurable};
use cranelift_codegen::{Context as CodeContext, ir};
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};
use cranelift_jit::{JITBuilder, JITModule};
use cranelift_module::{Linkage, Module};
use ppl_runtime::random::Sequence;
use std::sync::{Arc, OnceLock};

/// What compiled code reads and writes. The layout is known to the code.
#[repr(C)]
pub struct Context {
    pub theta: *const f64,
    pub given: *const f64,
    pub gradient: *mut f64,
    pub output: *mut f64,
    pub sequence: *mut Sequence,
    pub reals: *const f64,
    pub ints: *const i32,
    /// Static part of the workspace: [`Code::static_bytes`].
    pub statics: *mut u8,
    pub tape: *mut u8,
    pub tape_end: *mut u8,
    /// Iterations left: before, and after an evaluation that ends well.
    pub fuel: i64,
    /// Outputs: log density, log Jacobian, and the site that stopped the evaluation.
    pub target: f64,
    pub jacobian: f64,
    pub site: u32,
}

/// What code is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effort {
    /// To run often: it is optimised.
    Full,
    /// To run a few times: it is made quickly. Its numbers are the same.
    Quick,
}

/// Why no code was made.
#[derive(Debug, thiserror::Error)]
pub enum CodegenError {
    #[error("this processor is not supported: {0}")]
    Target(String),
    #[error("code generation failed: {0}")]
    Cranelift(String),
}

/// Machine code of one function, with what it points to.
pub struct Code {
    module: Option<JITModule>,
    entry: unsafe extern "C" fn(*mut Context) -> u32,
    /// Bytes of the static part of the workspace.
    pub static_bytes: usize,
    /// Function objects and tables that the code refers to by address.
    _objects: Objects,
}

/// What machine code refers to by address; lives as long as the code.
// Boxed, since the code knows their addresses.
#[allow(clippy::vec_box)]
#[derive(Default)]
pub(crate) struct Objects {
    opaque: Vec<Box<ObjectCell>>,
    shapes: Vec<Box<strided::Shape>>,
    tables: Vec<Box<[usize]>>,
}

/// A pointer to a function object, and the object.
struct ObjectCell {
    _pointer: *const dyn Opaque,
    _owner: Arc<dyn Opaque>,
}

// The objects are immutable and `Send + Sync`; the pointers point to them.
unsafe impl Send for Objects {}
unsafe impl Sync for Objects {}
// Finished code is immutable.
unsafe impl Send for Code {}
unsafe impl Sync for Code {}

impl Code {
    /// Compiles a function. Takes from 0.1 ms (a dozen statements) to tens of ms (thousands).
    ///
    /// # Errors
    /// [`CodegenError`]: the processor is not supported, or Cranelift refused (a bug here).
    pub fn compile(f: &Function, effort: Effort) -> Result<Code, CodegenError> {
        let isa = isa(effort)?;
        let mut module = JITModule::new(JITBuilder::with_isa(isa, cranelift_module::default_libcall_names()));
        let mut signature = module.make_signature();
        signature.params.push(ir::AbiParam::new(module.target_config().pointer_type()));
        signature.returns.push(ir::AbiParam::new(ir::types::I32));
        let failed = |e: &dyn std::fmt::Display| CodegenError::Cranelift(e.to_string());
        let id = module.declare_function("density", Linkage::Export, &signature).map_err(|e| failed(&e))?;
        let mut code = CodeContext::new();
        code.func = ir::Function::with_name_signature(ir::UserFuncName::user(0, id.as_u32()), signature);
        let layout = layout::Layout::of(f);
        let mut objects = Objects::default();
        let mut frontend = FunctionBuilderContext::new();
        let builder = FunctionBuilder::new(&mut code.func, &mut frontend);
        emit::Emitter::new(f, &layout, builder, module.target_config(), &mut objects).emit();
        let defined = module.define_function(id, &mut code).map_err(|e| CodegenError::Cranelift(format!("{e:?}")));
        let finished = defined.and_then(|()| module.finalize_definitions().map_err(|e| failed(&e)));
        if let Err(error) = finished {
            // Nothing else refers to the module's memory.
            unsafe { module.free_memory() };
            return Err(error);
        }
        let address = module.get_finalized_function(id);
        // The signature is the one declared above.
        let entry = unsafe { std::mem::transmute::<*const u8, unsafe extern "C" fn(*mut Context) -> u32>(address) };
        Ok(Code { module: Some(module), entry, static_bytes: layout.static_bytes, _objects: objects })
    }

    /// Runs the code.
    ///
    /// # Safety
    /// The pointers of the context are valid for the function this code was made from: as many parameters, data and
    /// static bytes as it has, and the tape between `tape` and `tape_end`.
    pub unsafe fn run(&self, context: &mut Context) -> u32 {
        unsafe { (self.entry)(context) }
    }
}

impl Drop for Code {
    fn drop(&mut self) {
        if let Some(module) = self.module.take() {
            // `entry` is not called any more: `self` is going away.
            unsafe { module.free_memory() };
        }
    }
}

/// The instruction set of this processor, built once for each effort.
fn isa(effort: Effort) -> Result<OwnedTargetIsa, CodegenError> {
    type Built = OnceLock<Result<OwnedTargetIsa, String>>;
    static FULL: Built = OnceLock::new();
    static QUICK: Built = OnceLock::new();
    let (built, level, registers) = match effort {
        Effort::Full => (&FULL, "speed", "backtracking"),
        Effort::Quick => (&QUICK, "none", "single_pass"),
    };
    let build = || {
        let mut flags = settings::builder();
        for (name, value) in [
            ("opt_level", level),
            ("regalloc_algorithm", registers),
            ("enable_verifier", if cfg!(debug_assertions) { "true" } else { "false" }),
            ("enable_alias_analysis", "true"),
            ("use_colocated_libcalls", "false"),
            ("is_pic", "false"),
        ] {
            flags.set(name, value).map_err(|e| e.to_string())?;
        }
        let builder = cranelift_native::builder().map_err(str::to_owned)?;
        builder.finish(settings::Flags::new(flags)).map_err(|e| e.to_string())
    };
    built.get_or_init(build).clone().map_err(CodegenError::Target)
}
