//! Ordinary differential equations.

use super::passed::Running;
use super::{Further, Source, Stopped, dot};
use crate::ir::Status;
use crate::opaque::Opaque;
use ppl_runtime::functions::solvers::{OdeControl, OdeMethod, OdeProblem, OdeSystem, integrate};

/// A call of a solver with a compiled right-hand side, whose variables are the states and the active further numbers; it is given the
/// time and the other numbers. Its output are the states, one row a time. What is saved are the sensitivities at each time, and the
/// slopes there where the times are active.
#[derive(Debug)]
pub struct Ode {
    pub method: OdeMethod,
    pub control: OdeControl,
    pub start: Source,
    pub t0: Source,
    pub times: Source,
    pub rhs: Further,
    /// Lengths of all inputs.
    pub inputs: Vec<usize>,
    /// Number of times by number of states.
    pub outputs: [usize; 1],
    /// Indexes of the states.
    pub states: Vec<usize>,
}

impl Ode {
    /// Columns of the sensitivities at one time.
    fn directions(&self) -> usize {
        self.active_states().len() + self.rhs.parameters(self.states.len()) + self.t0.active().is_some() as usize
    }

    fn active_states(&self) -> &[usize] {
        if self.start.active().is_some() { &self.states } else { &[] }
    }

    fn solve(&self, fuel: &mut i64, inputs: &[&[f64]], states: &mut [f64], saved: &mut [f64]) -> Result<(), Stopped> {
        let n = self.states.len();
        let mut system = System { rhs: self.rhs.start(fuel, inputs, n, 1) };
        let times = self.times.numbers(inputs);
        let problem = OdeProblem {
            t0: self.t0.numbers(inputs)[0],
            y0: self.start.numbers(inputs),
            times,
            active_states: self.active_states(),
            parameters: self.rhs.parameters(n),
            active_start: self.t0.active().is_some(),
        };
        let (sensitivities, slopes) = saved.split_at_mut(states.len() * self.directions());
        let mut rows = states.chunks_exact_mut(n);
        let mut blocks = sensitivities.chunks_exact_mut((n * self.directions()).max(1));
        integrate(self.method, &mut system, &problem, &self.control, |y, s| {
            if let Some(row) = rows.next() {
                row.copy_from_slice(y);
            }
            if let Some(block) = blocks.next() {
                block.copy_from_slice(s);
            }
        })?;
        if self.times.active().is_some() {
            for ((&t, y), slope) in times.iter().zip(states.chunks_exact(n)).zip(slopes.chunks_exact_mut(n)) {
                system.derivative(t, y, slope)?;
            }
        }
        Ok(())
    }
}

impl Opaque for Ode {
    fn value(&self, fuel: &mut i64, inputs: &[&[f64]], outputs: &mut [&mut [f64]], saved: &mut [f64]) -> Status {
        match outputs {
            [states] => self.solve(fuel, inputs, states, saved).map_or_else(|stopped| stopped.0, |()| Status::Ok),
            _ => Status::Error,
        }
    }

    fn pullback(&self, _: &[&[f64]], saved: &[f64], adjoint_out: &[&[f64]], adjoint_in: &mut [&mut [f64]]) -> Status {
        let [adjoint] = adjoint_out else { return Status::Error };
        let n = self.states.len();
        let (sensitivities, slopes) = saved.split_at(adjoint.len() * self.directions());
        let blocks = sensitivities.chunks_exact((n * self.directions()).max(1));
        for (row, block) in adjoint.chunks_exact(n).zip(blocks) {
            let order = self.start.active().into_iter().chain(self.rhs.active()).chain(self.t0.active());
            super::add(order, &self.inputs, &mut super::products(row, block), adjoint_in);
        }
        if let Some(times) = self.times.active() {
            let products = adjoint.chunks_exact(n).zip(slopes.chunks_exact(n)).map(|(row, slope)| dot(row, slope));
            adjoint_in[times].iter_mut().zip(products).for_each(|(a, product)| *a += product);
        }
        Status::Ok
    }

    fn sizes(&self) -> (&[usize], &[usize]) {
        (&self.inputs, &self.outputs)
    }

    fn saved(&self) -> usize {
        let slopes = if self.times.active().is_some() { self.outputs[0] } else { 0 };
        self.outputs[0] * self.directions() + slopes
    }
}

/// The right-hand side as the numerical core wants it.
struct System<'a> {
    rhs: Running<'a>,
}

impl System<'_> {
    fn place(&mut self, t: f64, y: &[f64]) {
        self.rhs.given()[0] = t;
        self.rhs.variables()[..y.len()].copy_from_slice(y);
    }
}

impl OdeSystem for System<'_> {
    type Error = Stopped;

    fn derivative(&mut self, t: f64, y: &[f64], dy: &mut [f64]) -> Result<(), Stopped> {
        self.place(t, y);
        self.rhs.value(dy)
    }

    fn jacobian(&mut self, t: f64, y: &[f64], dy: &mut [f64], jacobian: &mut [f64]) -> Result<(), Stopped> {
        self.place(t, y);
        self.rhs.jacobian(dy, jacobian)
    }
}
