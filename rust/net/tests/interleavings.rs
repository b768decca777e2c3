//! What the network thread and its reader share, in every order in which their steps can meet.
//!
//! The sources themselves are compiled here, on primitives whose scheduler tries the orders.

mod sync {
    pub use std::sync::PoisonError;

    use shuttle::sync::Condvar;
    pub use shuttle::sync::atomic::{AtomicBool, Ordering};
    pub use shuttle::sync::{Mutex, MutexGuard};

    /// One permit and one waiter, as the queue uses tokio's and the reader its eventfd.
    pub struct Notify {
        permit: Mutex<bool>,
        given: Condvar,
    }

    impl Notify {
        pub fn new() -> Self {
            Self { permit: Mutex::new(false), given: Condvar::new() }
        }

        pub fn notify_one(&self) {
            *self.permit.lock().expect("a permit") = true;
            self.given.notify_one();
        }

        pub fn wait(&self) {
            let mut permit = self.permit.lock().expect("a permit");
            while !std::mem::take(&mut *permit) {
                permit = self.given.wait(permit).expect("a permit");
            }
        }

        pub async fn notified(&self) {
            self.wait();
        }
    }
}

mod rows {
    use hedgewire_core::events::InstrumentId;

    #[derive(Debug, Clone, PartialEq)]
    pub struct Row(pub u32);

    impl Row {
        pub fn book_instrument(&self) -> Option<InstrumentId> {
            None
        }

        pub fn quoted_instrument(&self) -> Option<InstrumentId> {
            None
        }
    }
}

#[path = "../src/known_orders.rs"]
mod known_orders;
#[allow(dead_code)]
#[path = "../src/queue.rs"]
mod queue;

use std::collections::VecDeque;

use hedgewire_core::events::{ClientId, VenueOrderId};
use known_orders::KnownOrders;
use queue::{RowQueue, Wake};
use rows::Row;
use shuttle::sync::Arc;
use shuttle::thread;
use sync::Notify;

/// A thousand orders, the same every time. All operations are sequentially consistent in the sources, and so they are here.
fn explore(threads: impl Fn() + Send + Sync + 'static) {
    shuttle::check_random_with_seed(threads, 1, 1_000);
}

struct Bell(Arc<Notify>);

impl Wake for Bell {
    fn wake(&self) {
        self.0.notify_one();
    }
}

fn queue(capacity: usize) -> (Arc<RowQueue>, Arc<Notify>) {
    let bell = Arc::new(Notify::new());
    (Arc::new(RowQueue::new(capacity, Box::new(Bell(bell.clone())))), bell)
}

/// As the event loop does it: wait for the bell, then drain. A wake-up that is lost would leave it waiting for ever, which is
/// reported as a deadlock.
fn read(queue: &RowQueue, bell: &Notify, count: usize, limit: usize) -> Vec<u32> {
    let mut rows = Vec::new();
    while rows.len() < count {
        bell.wait();
        rows.extend(queue.drain(limit).into_iter().map(|Row(number)| number));
    }
    rows
}

// proves: R000-57
#[test]
fn no_wake_up_is_lost_and_rows_keep_their_order() {
    for limit in [1, 8] {
        explore(move || {
            let (queue, bell) = queue(8);
            let network = {
                let queue = queue.clone();
                thread::spawn(move || {
                    queue.push([Row(1)].into());
                    queue.push([Row(2), Row(3)].into());
                })
            };
            assert_eq!(read(&queue, &bell, 3, limit), [1, 2, 3]);
            network.join().expect("the network thread");
            assert!(queue.is_empty());
        });
    }
}

#[test]
fn a_full_queue_lets_the_network_thread_go_on_once_there_is_room() {
    explore(|| {
        let (queue, bell) = queue(1);
        let network = {
            let queue = queue.clone();
            thread::spawn(move || {
                let mut left = VecDeque::from([Row(1), Row(2)]);
                loop {
                    left = queue.push(left).left;
                    if left.is_empty() {
                        break;
                    }
                    shuttle::future::block_on(queue.space());
                }
            })
        };
        assert_eq!(read(&queue, &bell, 2, 8), [1, 2]);
        network.join().expect("the network thread");
    });
}

#[test]
fn the_last_rows_of_a_driver_that_ends_are_read() {
    explore(|| {
        let (queue, bell) = queue(1);
        let network = {
            let queue = queue.clone();
            thread::spawn(move || {
                queue.push([Row(1)].into());
                queue.finish([Row(2), Row(3)].into());
            })
        };
        assert_eq!(read(&queue, &bell, 3, 8), [1, 2, 3]);
        network.join().expect("the network thread");
    });
}

#[test]
fn an_order_is_known_to_the_caller_once_it_is_registered_and_never_under_another_id() {
    explore(|| {
        let known = Arc::new(KnownOrders::default());
        let network = {
            let known = known.clone();
            thread::spawn(move || known.put(ClientId(1), VenueOrderId("a".into())))
        };
        let seen = known.get(ClientId(1));
        assert!(seen.is_none_or(|id| id.0 == "a"));
        network.join().expect("the network thread");
        assert_eq!(known.get(ClientId(1)).map(|id| id.0), Some("a".to_owned()));
    });
}
