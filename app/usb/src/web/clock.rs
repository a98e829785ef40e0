//! The browser's clocks and timers.

use std::time::Duration;

use async_trait::async_trait;
use card_operations::moment::Moment;
use jiff::Timestamp;
use js_sys::{Date, Promise};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;

use super::bindings::{clear_timeout, performance_now, set_timeout};
use crate::platform::Clock;

/// The clocks of a page.
pub(super) struct BrowserClock;

/// A timer ends with whoever waits for it.
struct Timer(JsValue);

impl Drop for Timer {
    fn drop(&mut self) {
        clear_timeout(&self.0);
    }
}

#[async_trait(?Send)]
impl Clock for BrowserClock {
    fn now(&self) -> Moment {
        let steady = Duration::try_from_secs_f64(performance_now() / 1000.0).unwrap_or_default();
        let wall = Duration::try_from_secs_f64(Date::now() / 1000.0).unwrap_or_default();
        let wall = i64::try_from(wall.as_millis()).unwrap_or_default();
        Moment {
            steady,
            wall: Timestamp::from_millisecond(wall).unwrap_or_default(),
        }
    }

    async fn sleep(&self, time: Duration) {
        let milliseconds = u32::try_from(time.as_millis()).unwrap_or(u32::MAX >> 1);
        let mut timer = None;
        let over = Promise::new(&mut |resolve, _reject| {
            timer = Some(Timer(set_timeout(&resolve, milliseconds)));
        });
        let _never_rejected = JsFuture::from(over).await;
        drop(timer);
    }
}
