//! The configuration of a network and of its training, in TOML.

use serde::{Deserialize, Serialize};

/// Sizes of a network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Size {
    /// Rows that are looked at one by one; more are summarised by the features.
    pub rows: usize,
    /// Columns beside the outcome at most.
    pub columns: usize,
    /// Width of the tokens of cells.
    pub cell_width: usize,
    /// Inducing points of a column.
    pub inducing: usize,
    /// Layers of attention between rows and inducing points.
    pub cell_layers: usize,
    /// Pooled tokens of a column.
    pub pooled: usize,
    /// Width of the tokens of columns, and of the decoder.
    pub width: usize,
    pub heads: usize,
    /// Layers of attention across columns.
    pub column_layers: usize,
    pub decoder_layers: usize,
}

impl Size {
    /// 0.2 million parameters: minutes on two cores.
    pub fn nano() -> Size {
        Size {
            rows: 64,
            columns: 4,
            cell_width: 32,
            inducing: 8,
            cell_layers: 1,
            pooled: 2,
            width: 64,
            heads: 4,
            column_layers: 2,
            decoder_layers: 2,
        }
    }

    /// 2 million parameters.
    pub fn small() -> Size {
        Size {
            rows: 64,
            columns: 8,
            cell_width: 64,
            inducing: 16,
            cell_layers: 2,
            pooled: 4,
            width: 128,
            heads: 8,
            column_layers: 4,
            decoder_layers: 3,
        }
    }

    /// 9.5 million parameters, for a GPU.
    pub fn base() -> Size {
        Size {
            rows: 256,
            columns: 12,
            cell_width: 128,
            inducing: 32,
            cell_layers: 2,
            pooled: 4,
            width: 256,
            heads: 8,
            column_layers: 6,
            decoder_layers: 4,
        }
    }

    pub fn named(name: &str) -> Option<Size> {
        match name {
            "nano" => Some(Size::nano()),
            "small" => Some(Size::small()),
            "base" => Some(Size::base()),
            _ => None,
        }
    }
}
