//! The address of an account: of the contract that the venue deploys for a key (Paradex reference 3.5).

use super::felt::Felt;
use super::pedersen::hash_of;

const PREFIX: Felt = Felt::word("STARKNET_CONTRACT_ADDRESS");
/// 2^251 - 256, by which addresses are reduced.
const LIMIT: Felt = Felt::constant("07ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff00");
/// Of the contract's entry point `initialize`.
const INITIALIZE: Felt = Felt::constant("0079dc0da7c54b95f10aa182ad0a46400db63156920adb65eca2654c0945a463");

/// Of the contracts that stand for accounts, as the venue serves them (reference 2.1); they have changed before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClassHashes {
    pub account: Felt,
    pub proxy: Felt,
}

/// Of the account with this main key.
pub fn of_key(public_key: Felt, hashes: &ClassHashes) -> Felt {
    let calldata = [hashes.account, INITIALIZE, 2u64.into(), public_key, Felt::ZERO];
    deployed(hashes.proxy, public_key, &calldata)
}

/// Of the account of an Ethereum wallet that signs in by itself; its orders are signed with a registered subkey.
pub fn of_wallet(wallet: &[u8; 20], class_hash: Felt) -> Felt {
    let mut bytes = [0; 32];
    bytes[12..].copy_from_slice(wallet);
    let wallet = Felt::from_be_bytes_reduced(&bytes);
    deployed(class_hash, wallet, &[3u64.into(), wallet, Felt::ONE])
}

fn deployed(class_hash: Felt, salt: Felt, calldata: &[Felt]) -> Felt {
    let deployer = Felt::ZERO;
    let hash = hash_of(&[PREFIX, deployer, salt, class_hash, hash_of(calldata)]);
    if hash.to_be_bytes() < LIMIT.to_be_bytes() { hash } else { hash - LIMIT }
}
