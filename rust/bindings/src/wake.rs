//! Waking Python's event loop: an eventfd where the platform has one, a callable elsewhere.

use std::sync::{Arc, Mutex, PoisonError};

use hedgewire_net::queue::Wake;
use pyo3::prelude::*;

/// Owns the descriptor: closed when the last user lets go.
#[cfg(target_os = "linux")]
pub struct EventFd(std::os::fd::OwnedFd);

#[cfg(target_os = "linux")]
impl EventFd {
    pub fn new() -> std::io::Result<Self> {
        use std::os::fd::FromRawFd;
        // SAFETY: eventfd takes no pointers; a negative result is handled before the number is owned.
        let fd = unsafe { libc::eventfd(0, libc::EFD_NONBLOCK | libc::EFD_CLOEXEC) };
        if fd < 0 {
            return Err(std::io::Error::last_os_error());
        }
        // SAFETY: fd was just made, is valid, and nobody else owns it.
        Ok(Self(unsafe { std::os::fd::OwnedFd::from_raw_fd(fd) }))
    }

    pub fn raw(&self) -> i32 {
        use std::os::fd::AsRawFd;
        self.0.as_raw_fd()
    }

    fn add_one(&self) {
        let one: u64 = 1;
        // SAFETY: eight readable bytes. A full counter (EAGAIN) is readable already, which is all that is wanted.
        unsafe { libc::write(self.raw(), std::ptr::from_ref(&one).cast(), 8) };
    }

    pub fn clear(&self) {
        let mut count: u64 = 0;
        // SAFETY: eight writable bytes. EAGAIN means that it was clear.
        unsafe { libc::read(self.raw(), std::ptr::from_mut(&mut count).cast(), 8) };
    }
}

#[cfg(not(target_os = "linux"))]
pub struct EventFd;

#[cfg(not(target_os = "linux"))]
impl EventFd {
    pub fn new() -> std::io::Result<Self> {
        Ok(Self)
    }

    pub fn raw(&self) -> i32 {
        -1
    }

    fn add_one(&self) {}

    pub fn clear(&self) {}
}

/// Shared by the client (which clears) and the row queue (which wakes).
pub struct Waker {
    pub fd: EventFd,
    pub callable: Mutex<Option<Py<PyAny>>>,
}

impl Waker {
    pub fn new() -> std::io::Result<Arc<Self>> {
        Ok(Arc::new(Self { fd: EventFd::new()?, callable: Mutex::new(None) }))
    }
}

/// The network thread's end.
pub struct QueueWaker(pub Arc<Waker>);

impl Wake for QueueWaker {
    fn wake(&self) {
        if self.0.fd.raw() >= 0 {
            self.0.fd.add_one();
            return;
        }
        // Only where there is no eventfd does the network thread ever wait for the GIL.
        Python::attach(|py| {
            let callable = self.0.callable.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(callable) = callable.as_ref()
                && let Err(error) = callable.call0(py)
            {
                error.write_unraisable(py, None);
            }
        });
    }
}
