//! Named vectors of statistics, and the transform that makes them fit for a network.

/// Statistics of a table lie between `-LIMIT` and `LIMIT` once they are squashed.
pub const LIMIT: f64 = 3.0;

/// `x / (1 + |x| / 3)`: about `x` where it is small, at most 3, always increasing; a statistic that is no number says nothing, and is 0.
///
/// Algebraic, so that it costs a division, and slow to saturate: 9 becomes 2.25 and 27 becomes 2.7.
pub fn squash(x: f64) -> f32 {
    match x.is_nan() {
        true => 0.0,
        false if x.is_infinite() => (LIMIT * x.signum()) as f32,
        // no -0
        false => (x / (1.0 + x.abs() / LIMIT)) as f32 + 0.0,
    }
}

/// A struct of statistics, all 0 at first, with the names of its fields.
macro_rules! statistics {
    ($(#[$about:meta])* $name:ident { $($(#[$meta:meta])* $field:ident,)* }) => {
        $(#[$about])*
        #[derive(Clone, Debug, Default, PartialEq)]
        pub(crate) struct $name { $($(#[$meta])* pub $field: f64,)* }

        impl $name {
            pub const NAMES: [&'static str; [$(stringify!($field)),*].len()] = [$(stringify!($field)),*];

            /// The statistics as a network takes them, in the order of the names.
            pub fn squashed(&self) -> [f32; Self::NAMES.len()] {
                [$($crate::features::statistics::squash(self.$field)),*]
            }
        }
    };
}

pub(crate) use statistics;
