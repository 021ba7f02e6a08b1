//! Philox4x32-10, a counter-based generator: Salmon, Moraes, Dror & Shaw, "Parallel random numbers: as easy as 1, 2, 3" (2011).

/// Of the first and of the third word.
pub const MULTIPLIERS: [u32; 2] = [0xd251_1f53, 0xcd9e_8d57];
/// What is added to the key after each round.
pub const WEYL: [u32; 2] = [0x9e37_79b9, 0xbb67_ae85];

pub const ROUNDS: usize = 10;

/// The random block at a counter.
#[inline]
pub fn block(mut key: [u32; 2], counter: [u32; 4]) -> [u32; 4] {
    let [mut a, mut b, mut c, mut d] = counter;
    for _ in 0..ROUNDS {
        let p = a as u64 * MULTIPLIERS[0] as u64;
        let q = c as u64 * MULTIPLIERS[1] as u64;
        (a, b, c, d) = ((q >> 32) as u32 ^ b ^ key[0], q as u32, (p >> 32) as u32 ^ d ^ key[1], p as u32);
        key = [key[0].wrapping_add(WEYL[0]), key[1].wrapping_add(WEYL[1])];
    }
    [a, b, c, d]
}

/// The two words of a variate's block. The counter holds the draw in 64 bits, the position in 40 and the number of the block in 24.
#[inline]
pub fn word(key: [u32; 2], draw: u64, position: u64, number: u64) -> [u64; 2] {
    let last = ((position >> 32) << 24 ^ number) as u32;
    let [a, b, c, d] = block(key, [draw as u32, (draw >> 32) as u32, position as u32, last]);
    [a as u64 | (b as u64) << 32, c as u64 | (d as u64) << 32]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The known answers of the authors' library Random123.
    #[test]
    fn known_answers() {
        let one = u32::MAX;
        let cases = [
            ([0; 2], [0; 4], [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]),
            ([one; 2], [one; 4], [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd]),
            (
                [0xa4093822, 0x299f31d0],
                [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
                [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
            ),
        ];
        for (key, counter, expected) in cases {
            assert_eq!(block(key, counter), expected);
        }
    }
}
