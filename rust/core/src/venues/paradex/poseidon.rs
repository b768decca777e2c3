//! Starkware's Poseidon hash: of block trades, and of the text of requests to the chain's node (Paradex reference 3.6).

use std::sync::LazyLock;

use sha2::{Digest, Sha256};

use super::felt::Felt;

const FULL_ROUNDS: usize = 8;
const PARTIAL_ROUNDS: usize = 83;

/// Three to each round: hashes of their own names.
static CONSTANTS: LazyLock<Vec<[Felt; 3]>> = LazyLock::new(|| {
    let constant = |index: usize| Felt::from_be_bytes_reduced(&Sha256::digest(format!("Hades{index}")).into());
    (0..FULL_ROUNDS + PARTIAL_ROUNDS).map(|round| [0, 1, 2].map(|place| constant(3 * round + place))).collect()
});

/// Hades with three elements: cubes of all in the first and last four rounds, of the last alone in between.
fn permuted(mut state: [Felt; 3]) -> [Felt; 3] {
    for (round, constants) in CONSTANTS.iter().enumerate() {
        let full = !(FULL_ROUNDS / 2..FULL_ROUNDS / 2 + PARTIAL_ROUNDS).contains(&round);
        for place in 0..3 {
            let sum = state[place] + constants[place];
            state[place] = if full || place == 2 { sum * sum * sum } else { sum };
        }
        let [a, b, c] = state;
        let sum = a + b + c;
        // The matrix (3 1 1; 1 -1 1; 1 1 -2).
        state = [sum + a + a, sum - b - b, sum - c - c - c];
    }
    state
}

/// Of two elements, as in a Merkle tree.
pub fn pair(first: Felt, second: Felt) -> Felt {
    permuted([first, second, 2u64.into()])[0]
}

/// Of a list of any length: two elements a permutation, after them a one, and a zero to fill the last pair.
pub fn hash_of(elements: &[Felt]) -> Felt {
    let mut padded = elements.to_vec();
    padded.push(Felt::ONE);
    if padded.len() % 2 == 1 {
        padded.push(Felt::ZERO);
    }
    let absorbed = |[a, b, c]: [Felt; 3], pair: &[Felt; 2]| permuted([a + pair[0], b + pair[1], c]);
    padded.as_chunks::<2>().0.iter().fold([Felt::ZERO; 3], absorbed)[0]
}

/// Of text as Cairo's `ByteArray`: how many whole words of 31 bytes, those, the rest, its length.
pub fn hash_of_text(text: &str) -> Felt {
    let word = |bytes: &[u8]| {
        let mut padded = [0; 32];
        padded[32 - bytes.len()..].copy_from_slice(bytes);
        Felt::from_be_bytes_reduced(&padded)
    };
    let (words, rest) = text.as_bytes().as_chunks::<31>();
    let mut elements = vec![Felt::from(words.len() as u64)];
    elements.extend(words.iter().map(|bytes| word(bytes)));
    elements.extend([word(rest), (rest.len() as u64).into()]);
    hash_of(&elements)
}
