//! The weights of a network as two long vectors: matrices, which decay, and the rest, which does not.
//!
//! What is done to all weights (steps, averages, sums over replicas, files) is done to two tensors, whatever the network looks like.

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param, ParamId};
use burn::tensor::backend::{AutodiffBackend, Backend};
use burn::tensor::{Tensor, TensorData};

/// Where a parameter lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Names of the modules around it, with dots.
    pub name: String,
    pub shape: Vec<usize>,
    /// 0: matrices, 1: the rest.
    group: usize,
    from: usize,
}

impl Place {
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Where the parameters of a network lie, in the order in which it is visited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    pub places: Vec<Place>,
    lengths: [usize; 2],
}

/// A number for each weight: `[matrices, rest]`.
#[derive(Clone, Debug)]
pub struct Flat<B: Backend>(pub [Tensor<B, 1>; 2]);

impl Layout {
    pub fn of<B: Backend, M: Module<B>>(network: &M) -> Layout {
        struct Visitor {
            path: Vec<String>,
            layout: Layout,
        }
        impl<B: Backend> ModuleVisitor<B> for Visitor {
            fn enter_module(&mut self, name: &str, _: &str) {
                self.path.push(name.to_string());
            }
            fn exit_module(&mut self, _: &str, _: &str) {
                self.path.pop();
            }
            fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<B, D>>) {
                let (shape, group) = (param.val().dims().to_vec(), usize::from(D < 2));
                let place = Place { name: self.path.join("."), shape, group, from: self.layout.lengths[group] };
                self.layout.lengths[group] += place.len();
                self.layout.places.push(place);
            }
        }
        let mut visitor = Visitor { path: Vec::new(), layout: Layout { places: Vec::new(), lengths: [0, 0] } };
        network.visit(&mut visitor);
        visitor.layout
    }

    /// How many weights there are.
    pub fn len(&self) -> usize {
        self.lengths.iter().sum()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn zeros<B: Backend>(&self, device: &B::Device) -> Flat<B> {
        Flat(self.lengths.map(|length| Tensor::zeros([length], device)))
    }

    /// The weights of a network.
    pub fn gather<B: Backend, M: Module<B>>(&self, network: &M) -> Flat<B> {
        struct Visitor<B: Backend>([Vec<Tensor<B, 1>>; 2]);
        impl<B: Backend> ModuleVisitor<B> for Visitor<B> {
            fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<B, D>>) {
                self.0[usize::from(D < 2)].push(param.val().flatten(0, D - 1));
            }
        }
        let mut visitor = Visitor([Vec::new(), Vec::new()]);
        network.visit(&mut visitor);
        Flat(visitor.0.map(|all| Tensor::cat(all, 0)))
    }

    /// The derivatives by the weights; 0 where there are none.
    pub fn gradients<B: AutodiffBackend, M: Module<B>>(
        &self,
        network: &M,
        gradients: B::Gradients,
    ) -> Flat<B::InnerBackend> {
        struct Visitor<B: AutodiffBackend> {
            gradients: B::Gradients,
            all: [Vec<Tensor<B::InnerBackend, 1>>; 2],
        }
        impl<B: AutodiffBackend> ModuleVisitor<B> for Visitor<B> {
            fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<B, D>>) {
                let value = param.val();
                let own = value.grad_remove(&mut self.gradients).unwrap_or_else(|| value.inner().zeros_like());
                self.all[usize::from(D < 2)].push(own.flatten(0, D - 1));
            }
        }
        let mut visitor: Visitor<B> = Visitor { gradients, all: [Vec::new(), Vec::new()] };
        network.visit(&mut visitor);
        Flat(visitor.all.map(|all| Tensor::cat(all, 0)))
    }

    /// The network with these weights, to be trained where the backend differentiates.
    pub fn scatter<B: Backend, M: Module<B>>(&self, network: M, weights: &Flat<B>) -> M {
        struct Mapper<'a, B: Backend> {
            weights: &'a Flat<B>,
            from: [usize; 2],
        }
        impl<B: Backend> ModuleMapper<B> for Mapper<'_, B> {
            fn map_float<const D: usize>(&mut self, param: Param<Tensor<B, D>>) -> Param<Tensor<B, D>> {
                let (id, old, mapper): (ParamId, _, _) = param.consume();
                let (group, shape) = (usize::from(D < 2), old.shape());
                let (from, length) = (self.from[group], shape.num_elements());
                let own = self.weights.0[group].clone().narrow(0, from, length).reshape(shape);
                self.from[group] += length;
                Param::from_mapped_value(id, own.set_require_grad(B::ad_enabled(&old.device())), mapper)
            }
        }
        network.map(&mut Mapper { weights, from: [0, 0] })
    }

    /// Each parameter's part, in order.
    pub fn split<'a, B: Backend>(&'a self, flat: &Flat<B>) -> Vec<(&'a Place, Vec<f32>)> {
        let groups = flat.0.each_ref().map(|group| to_f32(group.to_data()));
        let own = |place: &'a Place| (place, groups[place.group][place.from..place.from + place.len()].to_vec());
        self.places.iter().map(own).collect()
    }

    /// The reverse of [`split`](Layout::split): a part for each parameter, in order.
    ///
    /// # Panics
    /// A part is too short.
    pub fn join<B: Backend>(&self, parts: &[Vec<f32>], device: &B::Device) -> Flat<B> {
        let mut groups = self.lengths.map(|length| vec![0.0; length]);
        for (place, part) in self.places.iter().zip(parts) {
            groups[place.group][place.from..place.from + place.len()].copy_from_slice(part);
        }
        Flat(groups.map(|group| {
            let length = group.len();
            Tensor::from_data(TensorData::new(group, [length]), device)
        }))
    }
}

fn to_f32(data: TensorData) -> Vec<f32> {
    data.convert::<f32>().to_vec().expect("numbers, as asked for")
}

impl<B: Backend> Flat<B> {
    #[must_use]
    pub fn plus(self, other: Flat<B>) -> Flat<B> {
        let ([a, b], [c, d]) = (self.0, other.0);
        Flat([a + c, b + d])
    }

    #[must_use]
    pub fn times(self, factor: f64) -> Flat<B> {
        Flat(self.0.map(|group| group.mul_scalar(factor)))
    }

    /// The Euclidean norm.
    pub fn norm(&self) -> f64 {
        let squares = self.0.each_ref().map(|group| to_f32(group.clone().square().sum().to_data())[0]);
        f64::from(squares[0] + squares[1]).sqrt()
    }
}
