//! Scalar functions of the intermediate representation: which are instructions, which are calls.

use ppl_runtime::math;

/// A function of one real argument.
#[derive(Clone, Copy)]
pub enum Unary {
    Negate,
    Abs,
    Sqrt,
    Square,
    Inv,
    Exp,
    Log,
    Log1p,
    Expm1,
    InvLogit,
    Log1pExp,
    Tanh,
    /// Called by pointer; value and derivative come from the catalogue.
    Library(&'static math::Unary),
}

impl Unary {
    /// The function of this (Stan) name.
    pub fn named(name: &str) -> Option<Unary> {
        Some(match name {
            "abs" | "fabs" => Unary::Abs,
            "sqrt" => Unary::Sqrt,
            "square" => Unary::Square,
            "inv" => Unary::Inv,
            "exp" => Unary::Exp,
            "log" => Unary::Log,
            "log1p" => Unary::Log1p,
            "expm1" => Unary::Expm1,
            "inv_logit" => Unary::InvLogit,
            "log1p_exp" => Unary::Log1pExp,
            "tanh" => Unary::Tanh,
            _ => Unary::Library(math::unary(name)?),
        })
    }

    pub fn name(&self) -> &'static str {
        match self {
            Unary::Negate => "negate",
            Unary::Abs => "abs",
            Unary::Sqrt => "sqrt",
            Unary::Square => "square",
            Unary::Inv => "inv",
            Unary::Exp => "exp",
            Unary::Log => "log",
            Unary::Log1p => "log1p",
            Unary::Expm1 => "expm1",
            Unary::InvLogit => "inv_logit",
            Unary::Log1pExp => "log1p_exp",
            Unary::Tanh => "tanh",
            Unary::Library(f) => f.name,
        }
    }
}

impl std::fmt::Debug for Unary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// A function of two real arguments.
#[derive(Clone, Copy)]
pub enum Binary {
    Add,
    Sub,
    Mul,
    Div,
    /// The quotient, but 0 where the divisor is 0 (reverse sweep only).
    DivOrZero,
    Pow,
    Library(&'static math::Binary),
}

impl Binary {
    pub fn named(name: &str) -> Option<Binary> {
        Some(match name {
            "pow" => Binary::Pow,
            _ => Binary::Library(math::binary(name)?),
        })
    }

    pub fn name(&self) -> &'static str {
        match self {
            Binary::Add => "add",
            Binary::Sub => "subtract",
            Binary::Mul => "multiply",
            Binary::Div => "divide",
            Binary::DivOrZero => "divide_or_zero",
            Binary::Pow => "pow",
            Binary::Library(f) => f.name,
        }
    }
}

impl std::fmt::Debug for Binary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
