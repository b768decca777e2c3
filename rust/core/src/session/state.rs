//! The seven states and how one may follow another.

/// The values are those that Python and the metrics see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum SessionState {
    Disconnected = 0,
    Connecting = 1,
    Connected = 2,
    Authenticating = 3,
    Authenticated = 4,
    Reconnecting = 5,
    Degraded = 6,
}

impl SessionState {
    pub const ALL: [Self; 7] = [
        Self::Disconnected,
        Self::Connecting,
        Self::Connected,
        Self::Authenticating,
        Self::Authenticated,
        Self::Reconnecting,
        Self::Degraded,
    ];

    /// Is there a socket that frames can travel over?
    pub fn is_open(self) -> bool {
        matches!(self, Self::Connected | Self::Authenticating | Self::Authenticated | Self::Degraded)
    }

    pub fn is_authenticated(self) -> bool {
        self == Self::Authenticated
    }

    /// The legal transitions; everything else is a defect of this file.
    pub fn may_become(self, next: Self) -> bool {
        use SessionState::{
            Authenticated, Authenticating, Connected, Connecting, Degraded, Disconnected, Reconnecting,
        };
        match (self, next) {
            (from, Disconnected) => from != Disconnected,
            (Disconnected | Reconnecting, Connecting) | (Connecting, Connected) => true,
            (Connecting | Connected | Authenticating | Authenticated | Degraded, Reconnecting) => true,
            (Connected, Authenticating | Degraded) | (Authenticating, Authenticated | Degraded) => true,
            (Authenticated, Degraded) | (Degraded, Authenticated | Connected) => true,
            _ => false,
        }
    }
}

impl TryFrom<u8> for SessionState {
    type Error = u8;

    /// The value itself comes back where it names no state.
    fn try_from(value: u8) -> Result<Self, u8> {
        Self::ALL.into_iter().find(|state| *state as u8 == value).ok_or(value)
    }
}
