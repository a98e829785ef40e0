//! A browser's loop: promises that are ready, and time that goes by when nothing else does.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    future::{Future, poll_fn},
    pin::{Pin, pin},
    rc::Rc,
    task::{Context, Poll, Waker},
    time::Duration,
};

use async_trait::async_trait;
use card_operations::moment::Moment;
use card_usb::platform::Clock;
use jiff::{SignedDuration, Timestamp};

/// What the clock on the wall shows at first.
pub(crate) const NOW: i64 = 1_800_000_000;

/// A task that runs beside.
type Task = Pin<Box<dyn Future<Output = ()>>>;

/// A clock that goes when it is told to.
#[derive(Default)]
pub(crate) struct FakeClock {
    passed: Cell<Duration>,
    /// By how many seconds somebody set the one on the wall.
    wall_by: Cell<i64>,
    timers: RefCell<BTreeMap<u64, Duration>>,
    last: Cell<u64>,
}

impl FakeClock {
    /// How much time went by.
    pub(crate) fn passed(&self) -> Duration {
        self.passed.get()
    }

    /// How much of it did since then.
    pub(crate) fn since(&self, begun: Duration) -> Duration {
        self.passed.get().saturating_sub(begun)
    }

    /// Time goes by at once.
    pub(crate) fn advance(&self, time: Duration) {
        self.passed.set(self.passed.get() + time);
    }

    /// Somebody sets the clock on the wall: it is wrong by so many seconds.
    pub(crate) fn set_wall_by(&self, seconds: i64) {
        self.wall_by.set(seconds);
    }

    fn advance_to_next(&self) -> bool {
        let next = self.timers.borrow().values().min().copied();
        if let Some(next) = next {
            self.passed.set(self.passed.get().max(next));
        }
        next.is_some()
    }
}

/// A timer is gone when nobody waits for it.
struct Timer<'a>(&'a FakeClock, u64);

impl Drop for Timer<'_> {
    fn drop(&mut self) {
        self.0.timers.borrow_mut().remove(&self.1);
    }
}

#[async_trait(?Send)]
impl Clock for FakeClock {
    fn now(&self) -> Moment {
        let passed = SignedDuration::try_from(self.passed.get()).unwrap();
        Moment {
            steady: self.passed.get(),
            wall: Timestamp::from_second(NOW + self.wall_by.get()).unwrap() + passed,
        }
    }

    async fn sleep(&self, time: Duration) {
        let until = self.passed.get() + time;
        let number = self.last.get() + 1;
        self.last.set(number);
        self.timers.borrow_mut().insert(number, until);
        let _timer = Timer(self, number);
        poll_fn(|_| {
            if self.passed.get() >= until {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .await;
    }
}

/// The loop.
#[derive(Default)]
pub(crate) struct Browser {
    pub(crate) clock: Rc<FakeClock>,
    tasks: RefCell<Vec<Task>>,
}

impl Browser {
    /// Runs something beside, from now on.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + 'static) {
        self.tasks.borrow_mut().push(Box::pin(task));
    }

    /// Runs until this is done.
    pub(crate) fn run<T>(&self, main: impl Future<Output = T>) -> T {
        let mut main = pin!(main);
        let mut context = Context::from_waker(Waker::noop());
        for round in 1..100_000 {
            if let Poll::Ready(done) = main.as_mut().poll(&mut context) {
                return done;
            }
            self.tick();
            if round % 4 == 0 {
                self.clock.advance_to_next();
            }
        }
        panic!("it never ends");
    }

    /// Lets what runs beside go on.
    pub(crate) fn tick(&self) {
        let mut context = Context::from_waker(Waker::noop());
        let mut tasks = std::mem::take(&mut *self.tasks.borrow_mut());
        tasks.retain_mut(|task| task.as_mut().poll(&mut context).is_pending());
        self.tasks.borrow_mut().append(&mut tasks);
    }

    /// Waits, beside something else.
    pub(crate) fn clock_sleep(&self, time: Duration) -> impl Future<Output = ()> + use<> {
        let clock = Rc::clone(&self.clock);
        async move { clock.sleep(time).await }
    }

    /// Lets it go on for so long.
    pub(crate) fn pass(&self, time: Duration) {
        self.run(self.clock.sleep(time));
        self.tick();
    }
}
