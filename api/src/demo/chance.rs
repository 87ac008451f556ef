//! Chance that falls the same way every time: drawn from what it is about, so that the demo reads alike on every machine.

/// The words of chance about one thing.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chance(u64);

impl Chance {
    /// Chance about the thing that these numbers name.
    pub fn about(parts: &[u64]) -> Self {
        Self(parts.iter().fold(0x5EED, |state, part| mixed(state ^ mixed(*part))))
    }

    /// At least 0, less than 1; `draw` numbers the draws about one thing.
    pub fn unit(self, draw: u64) -> f64 {
        (mixed(self.0 ^ mixed(draw)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Between two numbers.
    pub fn between(self, draw: u64, low: f64, high: f64) -> f64 {
        low + self.unit(draw) * (high - low)
    }

    /// One of several.
    pub fn one_of<T: Copy>(self, draw: u64, choices: &[T]) -> Option<T> {
        let index = (self.unit(draw) * choices.len() as f64) as usize;
        choices.get(index).or(choices.last()).copied()
    }
}

/// SplitMix64's finalizer.
fn mixed(state: u64) -> u64 {
    let state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let state = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let state = (state ^ (state >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    state ^ (state >> 31)
}
