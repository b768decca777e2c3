//! From what a trader gives to the key that signs and the account that it signs for (Paradex reference 3.1, 3.5).

use super::address::{ClassHashes, of_key};
use super::derive::{Grinding, derive};
use super::felt::Felt;
use super::key::Key;
use crate::error::VenueError;
use crate::secret::Secret;
use crate::venues::evm_key::EvmKey;

#[derive(Debug)]
pub enum Credentials {
    /// The account's own key.
    Main(Key),
    /// A key that the account has registered: it trades, and cannot withdraw. Whose it is does not follow from it.
    Subkey(Key),
    /// The Ethereum key that the account's own key is derived from.
    L1(EvmKey, Grinding),
}

/// What the venue serves that derived keys and addresses depend on (reference 2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Served {
    pub l1_chain_id: u64,
    pub hashes: ClassHashes,
}

impl Credentials {
    pub fn main(secret: &Secret) -> Result<Self, VenueError> {
        Key::parse(secret).map(Self::Main)
    }

    pub fn subkey(secret: &Secret) -> Result<Self, VenueError> {
        Key::parse(secret).map(Self::Subkey)
    }

    pub fn l1(secret: &Secret, grinding: Grinding) -> Result<Self, VenueError> {
        const HINT: &str = "the L1 (Ethereum) key is 0x and 64 hex digits; one of 63 or fewer is an L2 (Paradex) key: configure it as such";
        EvmKey::parse(secret, "L1 private key", HINT).map(|key| Self::L1(key, grinding))
    }

    /// The key, and its account's address. `account`: as configured.
    ///
    /// # Errors
    /// A subkey without an account; an account whose address does not follow from the key. Where it does follow when the key is
    /// read as the other kind, or derived the other way, the hint says so.
    pub fn resolve(self, account: Option<Felt>, served: &Served) -> Result<(Key, Felt), VenueError> {
        let refuse = |what, value: &str, hint| Err(VenueError::config(what, value, "Paradex account address", hint));
        let derived = |l1: &EvmKey, grinding| derive(l1, served.l1_chain_id, grinding);
        let (key, others) = match self {
            Self::Subkey(key) => match account {
                Some(account) => return Ok((key, account)),
                None => {
                    let hint =
                        "a subkey signs for the account that has registered it: configure that account's address";
                    return refuse("a subkey without an account", "none", hint);
                }
            },
            Self::Main(key) => {
                let hint =
                    "this is the L1 (Ethereum) key of that account where its L2 key is wanted: configure it as L1 key";
                let l1 = key.as_l1();
                let others = l1.iter().flat_map(|l1| Grinding::ALL.map(|grinding| (derived(l1, grinding), hint)));
                (key, others.collect::<Vec<_>>())
            }
            Self::L1(l1, grinding) => {
                let key = derived(&l1, grinding);
                let others = Grinding::ALL.map(|grinding| (derived(&l1, grinding), grinding.hint()));
                let hint =
                    "this is the L2 key of that account where its L1 (Ethereum) key is wanted: configure it as L2 key";
                (key, others.into_iter().chain(Key::of_l1(&l1).map(|key| (key, hint))).collect())
            }
        };
        let address = |key: &Key| of_key(key.public_key(), &served.hashes);
        let own = address(&key);
        match account {
            Some(account) if account != own => {
                let other = others.iter().find(|(key, _)| address(key) == account);
                let hint = other.map_or(
                    "the key is another account's; or a subkey, or of an account of an Ethereum wallet: configure a subkey as such",
                    |(_, hint)| *hint,
                );
                refuse("the account's address does not follow from the key", &format!("{account}; {own} does"), hint)
            }
            _ => Ok((key, own)),
        }
    }
}
