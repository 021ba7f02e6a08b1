//! Running expressions of [`code`](super::code).

use super::State;
use super::code::{Argument, Call, Code, Container, Distribution, Draw, Int, Number, Part, Place, Real};
use crate::error::RunError;
use crate::index::{self, Idx};
use crate::shape::{needs_promotion, promoted};
use ppl_program::typed::{Form, Type};
use ppl_runtime::families::{self, Keep};
use ppl_runtime::functions::{self, Operator};
use ppl_runtime::kernels::{OK, Parameter};
use ppl_runtime::value::Value;
use std::borrow::Cow;

/// A draw has no value.
pub(super) enum Stop {
    /// The interpreter is to say why.
    Unsaid,
    /// The program says why.
    Said(Box<RunError>),
}

pub(super) type Run<T> = Result<T, Stop>;

impl<E: std::error::Error> From<E> for Stop {
    fn from(_: E) -> Stop {
        Stop::Unsaid
    }
}

impl State<'_> {
    pub fn truth(&self, code: &Number) -> Run<bool> {
        Ok(match code {
            Number::Int(code) => self.int(code)? != 0,
            Number::Real(code) => self.real(code)? != 0.0,
        })
    }

    pub fn int(&self, code: &Int) -> Run<i32> {
        match code {
            Int::Constant(i) => Ok(*i),
            Int::Variable(slot) => int(self.get(*slot)?),
            Int::Element(slot, place) => {
                let place = self.int(place)?;
                match self.get(*slot)? {
                    Value::Array(items) => int(at(items, place)?),
                    _ => Err(Stop::Unsaid),
                }
            }
            Int::Arithmetic(op, a, b) => {
                let (a, b) = (self.int(a)?, self.int(b)?);
                let result = match op {
                    Operator::Plus => a.checked_add(b),
                    Operator::Minus => a.checked_sub(b),
                    _ => a.checked_mul(b),
                };
                result.ok_or(Stop::Unsaid)
            }
            Int::Compare(op, a, b) => Ok(self.compare(*op, a, b)?.into()),
            Int::And(a, b) => Ok((self.truth(a)? && self.truth(b)?).into()),
            Int::Or(a, b) => Ok((self.truth(a)? || self.truth(b)?).into()),
            Int::Choice(condition, then, otherwise) => self.int(if self.truth(condition)? { then } else { otherwise }),
            Int::Part(part) => self.part(part, int),
            Int::Call(call) => int(&self.call(call)?),
            Int::Draw(draw) => int(&self.draw(draw, false)?),
            Int::Kept(place, code) => match self.kept[*place].get() {
                Some(value) => int(value),
                None => {
                    let value = self.int(code)?;
                    self.kept[*place].set(Value::Int(value)).map_err(|_| Stop::Unsaid)?;
                    Ok(value)
                }
            },
        }
    }

    fn compare(&self, op: Operator, a: &Number, b: &Number) -> Run<bool> {
        if let (Number::Int(a), Number::Int(b)) = (a, b) {
            return Ok(holds(op, &self.int(a)?, &self.int(b)?));
        }
        Ok(holds(op, &self.number(a)?, &self.number(b)?))
    }

    pub fn number(&self, code: &Number) -> Run<f64> {
        match code {
            Number::Int(code) => self.int(code).map(f64::from),
            Number::Real(code) => self.real(code),
        }
    }

    pub fn real(&self, code: &Real) -> Run<f64> {
        match code {
            Real::Constant(x) => Ok(*x),
            Real::Variable(slot) => real(self.get(*slot)?),
            Real::Element(slot, place) => {
                let place = self.int(place)?;
                match self.get(*slot)? {
                    Value::Vector(x) | Value::RowVector(x) => at(x, place).copied(),
                    Value::Array(items) => real(at(items, place)?),
                    _ => Err(Stop::Unsaid),
                }
            }
            Real::Promoted(code) => self.int(code).map(f64::from),
            Real::Arithmetic(op, a, b) => {
                let (a, b) = (self.real(a)?, self.real(b)?);
                Ok(arithmetic(*op, a, b))
            }
            Real::Negated(code) => Ok(-self.real(code)?),
            Real::Choice(condition, then, otherwise) => {
                self.real(if self.truth(condition)? { then } else { otherwise })
            }
            Real::Density(family, codes) => {
                let mut arguments = [0.0; 4];
                for (argument, code) in arguments.iter_mut().zip(codes) {
                    *argument = self.real(code)?;
                }
                let arguments = &arguments[..codes.len()];
                (family.check)(arguments)?;
                // a sum that starts from 0, as over elements
                Ok(0.0 + (family.log_density)(arguments, Keep::ALL))
            }
            Real::Distribution(call) => self.distribution(call),
            Real::Part(part) => self.part(part, real),
            Real::Call(call) => real(&self.call(call)?),
            Real::Draw(draw) => real(&self.draw(draw, false)?),
            Real::Kept(place, code) => match self.kept[*place].get() {
                Some(value) => real(value),
                None => {
                    let value = self.real(code)?;
                    self.kept[*place].set(Value::Real(value)).map_err(|_| Stop::Unsaid)?;
                    Ok(value)
                }
            },
        }
    }

    fn distribution(&self, call: &Distribution) -> Run<f64> {
        let arguments = call.arguments.iter().map(|code| Ok(self.value(code)?.into_owned()));
        let arguments = arguments.collect::<Run<Vec<Value<f64>>>>()?;
        let family = call.family.as_str();
        Ok(match call.form {
            Form::Log | Form::Plain => families::log_density(family, &arguments, Keep::ALL)?,
            Form::Lcdf => families::lcdf(family, &arguments)?,
            Form::Lccdf => families::lccdf(family, &arguments)?,
            Form::Cdf => families::cdf(family, &arguments)?,
            Form::LogUnnormalised | Form::Rng => return Err(Stop::Unsaid),
        })
    }

    pub fn value(&self, code: &Code) -> Run<Cow<'_, Value<f64>>> {
        match code {
            Code::Int(code) => Ok(Cow::Owned(Value::Int(self.int(code)?))),
            Code::Real(code) => Ok(Cow::Owned(Value::Real(self.real(code)?))),
            Code::Container(code) => self.container(code),
        }
    }

    pub fn container(&self, code: &Container) -> Run<Cow<'_, Value<f64>>> {
        Ok(match code {
            Container::Variable(slot) => Cow::Borrowed(self.get(*slot)?),
            Container::Operator(op, a, b) => Cow::Owned(self.operator(*op, a, b)?),
            Container::RowVector(items) => {
                let items = items.iter().map(|item| self.real(item)).collect::<Run<_>>()?;
                Cow::Owned(Value::RowVector(items))
            }
            Container::Part(part) => Cow::Owned(self.container_part(part)?),
            Container::Call(call) => Cow::Owned(self.call(call)?),
            Container::Draw(draw, as_vector) => Cow::Owned(self.draw(draw, *as_vector)?),
            Container::Promoted(code, ty) => promote(self.container(code)?, ty),
            Container::Kept(place, code) => {
                let cell = &self.kept[*place];
                if cell.get().is_none() {
                    cell.set(self.container(code)?.into_owned()).map_err(|_| Stop::Unsaid)?;
                }
                Cow::Borrowed(cell.get().ok_or(Stop::Unsaid)?)
            }
        })
    }

    /// As the library, which makes a new container: one that nobody else has is changed in place.
    fn operator(&self, op: Operator, a: &Code, b: &Code) -> Run<Value<f64>> {
        let (a, b) = (self.value(a)?, self.value(b)?);
        let elementwise = match op {
            Operator::Plus | Operator::Minus => Some(op),
            Operator::EltTimes => Some(Operator::Times),
            Operator::EltDivide => Some(Operator::Divide),
            Operator::Times | Operator::Divide if matches!(&*a, Value::Real(_)) || matches!(&*b, Value::Real(_)) => {
                Some(op)
            }
            _ => None,
        };
        let Some(elementwise) = elementwise else { return Ok(functions::operator(op, &[&*a, &*b])?) };
        match (a, b) {
            (Cow::Owned(Value::Vector(mut x)), b) => match &*b {
                Value::Vector(y) if x.len() == y.len() => {
                    each(elementwise, &mut x, y.iter(), |x, y| (x, y));
                    Ok(Value::Vector(x))
                }
                Value::Real(y) => {
                    each(elementwise, &mut x, std::iter::repeat(y), |x, y| (x, y));
                    Ok(Value::Vector(x))
                }
                other => Ok(functions::operator(op, &[&Value::Vector(x), other])?),
            },
            (a, Cow::Owned(Value::Vector(mut y))) => match &*a {
                Value::Vector(x) if x.len() == y.len() => {
                    each(elementwise, &mut y, x.iter(), |y, x| (x, y));
                    Ok(Value::Vector(y))
                }
                Value::Real(x) => {
                    each(elementwise, &mut y, std::iter::repeat(x), |y, x| (x, y));
                    Ok(Value::Vector(y))
                }
                other => Ok(functions::operator(op, &[other, &Value::Vector(y)])?),
            },
            (a, b) => Ok(functions::operator(op, &[&*a, &*b])?),
        }
    }

    fn call(&self, call: &Call) -> Run<Value<f64>> {
        let value = |i: usize| self.value(&call.arguments[i]);
        if call.repeats {
            let sizes = call.arguments[1..].iter().map(|code| Ok(int(&*self.value(code)?)?.max(0) as usize));
            let product = sizes.collect::<Run<Vec<usize>>>()?.into_iter().fold(1, usize::saturating_mul);
            let held = crate::shape::size_of(&*value(0)?).max(1);
            self.admit(product.saturating_mul(held))?;
        }
        let function = call.function;
        Ok(match call.arguments.len() {
            1 => function.call_refs(&[&*value(0)?])?,
            2 => function.call_refs(&[&*value(0)?, &*value(1)?])?,
            3 => function.call_refs(&[&*value(0)?, &*value(1)?, &*value(2)?])?,
            n => {
                let arguments = (0..n).map(value).collect::<Run<Vec<_>>>()?;
                function.call_refs(&arguments.iter().map(|argument| &**argument).collect::<Vec<_>>())?
            }
        })
    }

    /// A number that is a part of something.
    fn part<T>(&self, part: &Part, number: impl Fn(&Value<f64>) -> Run<T>) -> Run<T> {
        let base = self.container(&part.base)?;
        let places = self.places(&part.places)?;
        match index::read(&*base, &places, 1).map_err(|_| Stop::Unsaid)? {
            index::Part::Ref(value) => number(value),
            index::Part::Own(value) => number(&value),
        }
    }

    fn container_part(&self, part: &Part) -> Run<Value<f64>> {
        let base = self.container(&part.base)?;
        if let (Value::Vector(x), [place]) = (&*base, part.places.as_slice()) {
            match place {
                Place::Multi(code) => {
                    let places = self.container(code)?;
                    let Value::Array(places) = &*places else { return Err(Stop::Unsaid) };
                    let picked = places.iter().map(|place| at(x, int(place)?).copied()).collect::<Run<_>>()?;
                    return Ok(Value::Vector(picked));
                }
                Place::From(first) => return range(x, self.int(first)?, x.len() as i64),
                Place::To(last) => return range(x, 1, self.int(last)?.into()),
                Place::Between(first, last) => return range(x, self.int(first)?, self.int(last)?.into()),
                Place::All | Place::Single(_) => {}
            }
        }
        let places = self.places(&part.places)?;
        Ok(index::read(&*base, &places, 1).map_err(|_| Stop::Unsaid)?.into_value())
    }

    pub fn places(&self, places: &[Place]) -> Run<Vec<Idx>> {
        let place = |place: &Place| {
            Ok(match place {
                Place::All => Idx::All,
                Place::Single(code) => Idx::Single(self.int(code)?),
                Place::Multi(code) => {
                    let value = self.container(code)?;
                    let Value::Array(items) = &*value else { return Err(Stop::Unsaid) };
                    Idx::Multi(items.iter().map(int).collect::<Run<_>>()?)
                }
                Place::From(code) => Idx::From(self.int(code)?),
                Place::To(code) => Idx::To(self.int(code)?),
                Place::Between(a, b) => Idx::Between(self.int(a)?, self.int(b)?),
            })
        };
        places.iter().map(place).collect()
    }

    /// A draw: by a kernel where the family has one, whose numbers are those of the library.
    fn draw(&self, draw: &Draw, as_vector: bool) -> Run<Value<f64>> {
        let Some((one, many)) = draw.kernels else {
            let arguments = draw.arguments.iter().map(|argument| match argument {
                Argument::Code(code) => Ok(self.value(code)?.into_owned()),
                Argument::Repeated(..) => Err(Stop::Unsaid),
            });
            let arguments = arguments.collect::<Run<Vec<_>>>()?;
            let value = families::rng(&draw.family, &arguments, &mut self.sequence.borrow_mut())?;
            return Ok(if as_vector { promote_to_vector(value)? } else { value });
        };
        let mut values: [Cow<'_, Value<f64>>; 3] = std::array::from_fn(|_| Cow::Owned(Value::Int(0)));
        let mut numbers = [0.0; 3];
        let mut lists: [Vec<f64>; 3] = std::array::from_fn(|_| Vec::new());
        let mut len: Option<usize> = None;
        let mut meet = |n: usize| match len.replace(n) {
            Some(other) if other != n => Err(Stop::Unsaid),
            _ => Ok(()),
        };
        for (k, argument) in draw.arguments.iter().enumerate() {
            match argument {
                Argument::Repeated(x, n) => {
                    numbers[k] = self.real(x)?;
                    let n = usize::try_from(self.int(n)?).map_err(|_| Stop::Unsaid)?;
                    self.admit(n)?;
                    meet(n)?;
                }
                Argument::Code(code) => {
                    values[k] = self.value(code)?;
                    match &*values[k] {
                        Value::Int(i) => numbers[k] = f64::from(*i),
                        Value::Real(x) => numbers[k] = *x,
                        Value::Vector(x) | Value::RowVector(x) => meet(x.len())?,
                        Value::Array(items) => {
                            lists[k] = items.iter().map(scalar).collect::<Run<_>>()?;
                            meet(items.len())?;
                        }
                        _ => return Err(Stop::Unsaid),
                    }
                }
            }
        }
        let parameters: [Parameter; 3] = std::array::from_fn(|k| match &*values[k] {
            Value::Vector(x) | Value::RowVector(x) => Parameter { values: x.as_ptr(), stride: 1 },
            Value::Array(_) => Parameter { values: lists[k].as_ptr(), stride: 1 },
            _ => Parameter { values: &raw const numbers[k], stride: 0 },
        });
        let mut out = vec![0.0; len.unwrap_or(1)];
        let kernel = if out.len() == 1 { one } else { many };
        let sequence = &mut *self.sequence.borrow_mut();
        // SAFETY: a scalar family has at most three arguments; lists of numbers have as many as are drawn, which is what `out` holds.
        let status = unsafe { kernel(sequence, out.len(), parameters.as_ptr(), out.as_mut_ptr()) };
        if status != OK {
            return Err(Stop::Unsaid);
        }
        let number = |x: f64| match draw.is_discrete {
            true => Value::Int(x as i32),
            false => Value::Real(x),
        };
        Ok(match len {
            None => number(out[0]),
            Some(_) if as_vector => Value::Vector(out),
            Some(_) => Value::Array(out.into_iter().map(number).collect()),
        })
    }
}

/// As [`promoted`], where something is to be promoted.
pub(super) fn promote<'v>(value: Cow<'v, Value<f64>>, ty: &Type) -> Cow<'v, Value<f64>> {
    if needs_promotion(&value, ty) { Cow::Owned(promoted(value.into_owned(), ty)) } else { value }
}

fn promote_to_vector(value: Value<f64>) -> Run<Value<f64>> {
    Ok(functions::call("to_vector", &[value])?)
}

fn int(value: &Value<f64>) -> Run<i32> {
    match value {
        Value::Int(i) => Ok(*i),
        _ => Err(Stop::Unsaid),
    }
}

fn real(value: &Value<f64>) -> Run<f64> {
    match value {
        Value::Real(x) => Ok(*x),
        _ => Err(Stop::Unsaid),
    }
}

fn scalar(value: &Value<f64>) -> Run<f64> {
    match value {
        Value::Int(i) => Ok(f64::from(*i)),
        Value::Real(x) => Ok(*x),
        _ => Err(Stop::Unsaid),
    }
}

/// Counted from 1.
pub(super) fn at<T>(items: &[T], place: i32) -> Run<&T> {
    let place = usize::try_from(place).map_err(|_| Stop::Unsaid)?;
    items.get(place.wrapping_sub(1)).ok_or(Stop::Unsaid)
}

/// The numbers from the `first` to the `last`, where they are there.
fn range(x: &[f64], first: i32, last: i64) -> Run<Value<f64>> {
    let (first, last) =
        (usize::try_from(first).map_err(|_| Stop::Unsaid)?, usize::try_from(last).map_err(|_| Stop::Unsaid)?);
    // what is empty has rules of its own
    if first == 0 || last < first || last > x.len() {
        return match first == 1 && last == 0 && !x.is_empty() {
            true => Ok(Value::Vector(Vec::new())),
            false => Err(Stop::Unsaid),
        };
    }
    Ok(Value::Vector(x[first - 1..last].to_vec()))
}

fn holds<T: PartialOrd>(op: Operator, a: &T, b: &T) -> bool {
    match op {
        Operator::Equals => a == b,
        Operator::NotEquals => a != b,
        Operator::Less => a < b,
        Operator::LessEquals => a <= b,
        Operator::Greater => a > b,
        _ => a >= b,
    }
}

#[inline]
fn arithmetic(op: Operator, a: f64, b: f64) -> f64 {
    match op {
        Operator::Plus => a + b,
        Operator::Minus => a - b,
        Operator::Times => a * b,
        _ => a / b,
    }
}

/// Puts `a op b` in the place of each element, where `operands` says which of the two it is.
fn each<'y>(op: Operator, x: &mut [f64], y: impl Iterator<Item = &'y f64>, operands: impl Fn(f64, f64) -> (f64, f64)) {
    let all = x.iter_mut().zip(y);
    match op {
        Operator::Plus => all.for_each(|(x, y)| {
            *x = {
                let (a, b) = operands(*x, *y);
                a + b
            }
        }),
        Operator::Minus => all.for_each(|(x, y)| {
            *x = {
                let (a, b) = operands(*x, *y);
                a - b
            }
        }),
        Operator::Times => all.for_each(|(x, y)| {
            *x = {
                let (a, b) = operands(*x, *y);
                a * b
            }
        }),
        _ => all.for_each(|(x, y)| {
            *x = {
                let (a, b) = operands(*x, *y);
                a / b
            }
        }),
    }
}
