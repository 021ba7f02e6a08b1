//! Steps down the gradient: AdamW (Loshchilov and Hutter 2019) on matrices, Adam on the rest, and a running average of the weights.

use crate::parameters::{Flat, Layout};
use burn::optim::{AdamW, AdamWConfig, AdamWState, AdaptiveMomentumState, SimpleOptimizer};
use burn::tensor::backend::Backend;

/// How steps are made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StepOptions {
    /// Decay of matrices, relative to the learning rate.
    pub weight_decay: f64,
    /// Longer gradients are cut to this norm.
    pub clip: f64,
    /// How much of the average stays in a step.
    pub average: f64,
}

/// Weights in training.
#[derive(Clone)]
pub struct Optimiser<B: Backend> {
    options: StepOptions,
    /// For matrices and the rest.
    rules: [AdamW; 2],
    pub state: State<B>,
}

/// All that a step changes.
#[derive(Clone, Debug)]
pub struct State<B: Backend> {
    /// Steps that were made.
    pub steps: usize,
    pub weights: Flat<B>,
    /// The exponential moving average of the weights.
    pub average: Flat<B>,
    pub first: Flat<B>,
    pub second: Flat<B>,
}

impl<B: Backend> State<B> {
    pub fn new(layout: &Layout, weights: Flat<B>, device: &B::Device) -> State<B> {
        let zeros = || layout.zeros(device);
        State { steps: 0, average: weights.clone(), weights, first: zeros(), second: zeros() }
    }
}

impl<B: Backend> Optimiser<B> {
    pub fn new(options: StepOptions, state: State<B>) -> Optimiser<B> {
        let rule = |decay: f64| {
            let config = AdamWConfig::new().with_beta_2(0.98).with_epsilon(1e-8);
            config.with_weight_decay(decay as f32).build()
        };
        Optimiser { options, rules: [rule(options.weight_decay), rule(0.0)], state }
    }

    /// One step; gives the norm of the gradient before it was cut.
    pub fn step(&mut self, rate: f64, gradient: Flat<B>) -> f64 {
        let norm = gradient.norm();
        let gradient = if norm > self.options.clip { gradient.times(self.options.clip / norm) } else { gradient };
        let state = &mut self.state;
        // the average of few steps forgets the start quickly
        let steps = state.steps as f64;
        let stay = self.options.average.min((1.0 + steps) / (10.0 + steps));
        for (group, gradient) in gradient.0.into_iter().enumerate() {
            let moments = (state.steps > 0).then(|| {
                let (first, second) = (state.first.0[group].clone(), state.second.0[group].clone());
                AdamWState::new(AdaptiveMomentumState::new(state.steps, first, second))
            });
            let (weights, moments) = self.rules[group].step(rate, state.weights.0[group].clone(), gradient, moments);
            let moments = moments.expect("Adam has moments").momentum;
            let average = state.average.0[group].clone();
            state.average.0[group] = average.mul_scalar(stay) + weights.clone().mul_scalar(1.0 - stay);
            state.weights.0[group] = weights;
            state.first.0[group] = moments.moment_1;
            state.second.0[group] = moments.moment_2;
        }
        state.steps += 1;
        norm
    }
}
