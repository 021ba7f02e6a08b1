//! A layer of a transformer: attention, then a position-wise network; both with a norm before and a sum after (Xiong et al. 2020).

use burn::module::Module;
use burn::nn::attention::{MhaInput, MultiHeadAttention, MultiHeadAttentionConfig};
use burn::nn::{LayerNorm, LayerNormConfig, Linear, LinearConfig};
use burn::tensor::activation::relu;
use burn::tensor::backend::Backend;
use burn::tensor::{Bool, Tensor};

/// Attention to other tokens, or to each other.
#[derive(Module, Debug)]
pub struct Attention<B: Backend> {
    norm: LayerNorm<B>,
    heads: MultiHeadAttention<B>,
}

/// What may not be attended to.
#[derive(Clone, Debug)]
pub enum Hidden<B: Backend> {
    /// Tokens that are padding: `[batch, keys]`, true where hidden.
    Padding(Tensor<B, 2, Bool>),
    /// Of each query, `[batch, queries, keys]`, true where hidden.
    Apart(Tensor<B, 3, Bool>),
}

impl<B: Backend> Attention<B> {
    pub fn new(width: usize, heads: usize, device: &B::Device) -> Attention<B> {
        Attention {
            norm: LayerNormConfig::new(width).init(device),
            heads: MultiHeadAttentionConfig::new(width, heads).with_dropout(0.0).init(device),
        }
    }

    /// `x`: `[batch, queries, width]`, plus what it finds in `context`, `[batch, keys, width]`; in itself where there is none.
    pub fn forward(&self, x: Tensor<B, 3>, context: Option<Tensor<B, 3>>, hidden: Option<Hidden<B>>) -> Tensor<B, 3> {
        let query = self.norm.forward(x.clone());
        let context = context.unwrap_or_else(|| query.clone());
        let input = MhaInput::new(query, context.clone(), context);
        let input = match hidden {
            Some(Hidden::Padding(mask)) => input.mask_pad(mask),
            Some(Hidden::Apart(mask)) => input.mask_attn(mask),
            None => input,
        };
        x + self.heads.forward(input).context
    }
}

/// A network of one hidden layer for each token, twice as wide.
#[derive(Module, Debug)]
pub struct Forward<B: Backend> {
    norm: LayerNorm<B>,
    up: Linear<B>,
    down: Linear<B>,
}

impl<B: Backend> Forward<B> {
    pub fn new(width: usize, device: &B::Device) -> Forward<B> {
        Forward {
            norm: LayerNormConfig::new(width).init(device),
            up: LinearConfig::new(width, 2 * width).init(device),
            down: LinearConfig::new(2 * width, width).init(device),
        }
    }

    pub fn forward(&self, x: Tensor<B, 3>) -> Tensor<B, 3> {
        x.clone() + self.down.forward(relu(self.up.forward(self.norm.forward(x))))
    }
}

/// Attention to a context, then a position-wise network.
#[derive(Module, Debug)]
pub struct Layer<B: Backend> {
    attention: Attention<B>,
    forward: Forward<B>,
}

impl<B: Backend> Layer<B> {
    pub fn new(width: usize, heads: usize, device: &B::Device) -> Layer<B> {
        Layer { attention: Attention::new(width, heads, device), forward: Forward::new(width, device) }
    }

    pub fn forward(&self, x: Tensor<B, 3>, context: Option<Tensor<B, 3>>, hidden: Option<Hidden<B>>) -> Tensor<B, 3> {
        self.forward.forward(self.attention.forward(x, context, hidden))
    }
}
