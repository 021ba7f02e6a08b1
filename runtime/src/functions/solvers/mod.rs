//! Numerical cores of the functions that take functions: ordinary differential equations, algebraic equations, integrals.
//!
//! They work on plain numbers and ask the caller for values and Jacobians; what the caller can do over any [`Num`] is turned into that
//! by [`ode`], [`solve`] and [`integrate_1d`], which also carry the derivatives through. The derivatives of a solution
//! are those of forward sensitivity analysis: the equations of the sensitivities are integrated with the states and take
//! part in the control of the steps, as Stan does it.

mod algebra;
mod multistep;
mod ode;
mod quadrature;
mod runge_kutta;
#[cfg(test)]
mod tests;

pub use algebra::{AlgebraControl, AlgebraMethod, AlgebraSystem, Equations, root, solve};
pub use ode::{OdeControl, OdeMethod, OdeProblem, OdeSystem, RightHandSide, integrate, ode};
pub use quadrature::{Curve, Integrand, integral, integrate_1d};
