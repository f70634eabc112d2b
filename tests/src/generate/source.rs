//! The source of all choices: a seeded sequence of numbers, or a given list of them.

/// Where choices come from. Zero is always the simplest choice.
#[derive(Debug, Clone)]
pub struct Source {
    state: State,
}

#[derive(Debug, Clone)]
enum State {
    /// SplitMix64: small, and the same everywhere.
    Seeded(u64),
    /// The list, and how many of it are used up. After its end every choice is zero.
    Given(Vec<u32>, usize),
}

impl Source {
    /// A sequence that follows from a seed.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        let mut source = Source { state: State::Seeded(seed) };
        // Neighbouring seeds begin alike; the first number separates them.
        let start = source.bits() ^ seed.rotate_left(32);
        Source { state: State::Seeded(start) }
    }

    /// These choices, then zeros.
    #[must_use]
    pub fn given(choices: Vec<u32>) -> Self {
        Source { state: State::Given(choices, 0) }
    }

    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        match &mut self.state {
            State::Seeded(state) => {
                *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
                let mut z = *state;
                z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
                z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
                z ^ (z >> 31)
            }
            State::Given(choices, used) => {
                let mut half = || {
                    let choice = choices.get(*used).copied().unwrap_or(0);
                    *used = used.saturating_add(1);
                    u64::from(choice)
                };
                half() | half() << 32
            }
        }
    }

    /// A number below `n`; 0 if there is none.
    pub fn below(&mut self, n: usize) -> usize {
        let word = match &mut self.state {
            State::Seeded(_) => self.bits() >> 32,
            State::Given(choices, used) => {
                let choice = choices.get(*used).copied().unwrap_or(0);
                *used = used.saturating_add(1);
                u64::from(choice)
            }
        };
        usize::try_from(word).unwrap_or(0) % n.max(1)
    }

    /// A number from `low` to `high`, both included.
    pub fn between(&mut self, low: usize, high: usize) -> usize {
        low + self.below(high - low + 1)
    }

    /// True so many times in a hundred.
    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) >= 100 - percent.min(100)
    }

    /// One of several.
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    /// One of several by weight: its index.
    pub fn weighted(&mut self, weights: &[usize]) -> usize {
        let mut at = self.below(weights.iter().sum());
        for (index, weight) in weights.iter().enumerate() {
            if at < *weight {
                return index;
            }
            at -= weight;
        }
        0
    }

    /// Puts a list into another order.
    pub fn shuffle<T>(&mut self, list: &mut [T]) {
        for i in (1..list.len()).rev() {
            let j = i - self.below(i + 1);
            list.swap(i, j);
        }
    }
}
