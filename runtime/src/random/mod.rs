//! Random numbers as functions of where they are used.
//!
//! A random stream is named by (seed, chain, draw); see [`Stream`]. The numbers that a program draws from it are counted: the
//! `i`-th *variate* (one element of one `_rng` call) takes its words from blocks `(draw, i, 0)`, `(draw, i, 1)`, ... of
//! Philox4x32-10 under a key made of seed and chain. So a variate depends neither on how many words the ones before it
//! took, nor on how many threads or lanes work at once: kernels make variates of one call, or the same variate of
//! many draws, side by side, and the interpreter gives the same numbers one by one.
//!
//! A normal variate needs half a block. Two draws whose numbers differ in the bit [`PARTNER`] alone share block [`SHARED`] of the
//! first of the two: it gives both numbers of Box & Muller's method, which are independent. A kernel that makes 16 draws makes 8 blocks for
//! them; one draw alone makes the whole block and takes its number.

mod philox;

pub use philox::{MULTIPLIERS, WEYL, block, word};

use crate::density::Stream;
use rand::TryRng;
use std::convert::Infallible;

/// The bit of a draw's number in which its partner's differs: the numbers of eight draws and of their partners are two vectors of eight lanes.
pub const PARTNER: u64 = 1 << PARTNER_BIT;
pub const PARTNER_BIT: u32 = 3;
/// The number of the block that two draws share, out of reach of the blocks that one variate takes in turn.
pub const SHARED: u64 = 1 << 23;

/// What the elements of a batch are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub enum Along {
    /// Successive variates of one draw.
    Variates = 0,
    /// The same variate of successive draws.
    Draws = 1,
}

/// A random stream and the next variate of it. Machine code and kernels know the layout.
#[derive(Clone, Debug, PartialEq)]
#[repr(C)]
pub struct Sequence {
    /// Of Philox, from seed and chain.
    pub key: [u32; 2],
    pub draw: u64,
    /// Number of variates taken.
    pub position: u64,
    /// For kernels that make several numbers at once.
    pub along: Along,
}

impl Sequence {
    pub fn new(stream: Stream) -> Self {
        let key = mix(mix(stream.seed).wrapping_add(stream.chain));
        Sequence { key: [key as u32, (key >> 32) as u32], draw: stream.draw, position: 0, along: Along::Variates }
    }

    /// Passes over the `n` variates of a batch.
    pub fn advance(&mut self, n: usize) {
        self.position += match self.along {
            Along::Variates => n as u64,
            Along::Draws => 1,
        };
    }

    /// The sequence at the `i`-th element of a batch.
    pub fn element(&self, i: usize) -> Sequence {
        let i = i as u64;
        let (draw, position) = match self.along {
            Along::Variates => (self.draw, self.position.wrapping_add(i)),
            Along::Draws => (self.draw.wrapping_add(i), self.position),
        };
        Sequence { key: self.key, draw, position, along: Along::Variates }
    }

    /// The words of the next variate.
    pub fn variate(&mut self) -> Variate {
        let position = self.position;
        self.position += 1;
        Variate { key: self.key, draw: self.draw, position, block: 0, second: None }
    }
}

impl Variate {
    /// The words shared with the partner, and whether this draw is the second of the two.
    pub fn shared(&self) -> ([u64; 2], bool) {
        (word(self.key, self.draw & !PARTNER, self.position, SHARED), self.draw & PARTNER != 0)
    }
}

/// The words of one variate: as many as its algorithm asks for.
#[derive(Clone, Debug)]
pub struct Variate {
    key: [u32; 2],
    draw: u64,
    position: u64,
    block: u64,
    /// The other half of the last block.
    second: Option<u64>,
}

impl TryRng for Variate {
    type Error = Infallible;

    /// Takes a whole word.
    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        self.try_next_u64().map(|w| w as u32)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        if let Some(word) = self.second.take() {
            return Ok(word);
        }
        let [first, second] = word(self.key, self.draw, self.position, self.block);
        self.block += 1;
        self.second = Some(second);
        Ok(first)
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for chunk in bytes.chunks_mut(8) {
            let Ok(word) = self.try_next_u64();
            chunk.copy_from_slice(&word.to_le_bytes()[..chunk.len()]);
        }
        Ok(())
    }
}

/// A bijection of 64-bit words that spreads every bit (the finaliser of SplitMix64, Steele, Lea & Flood 2014).
fn mix(x: u64) -> u64 {
    let x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}
