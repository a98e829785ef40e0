//! Untrusted bytes for what a key takes apart: messages at every level, and URBs. A key
//! that stumbles over them would end the test that it is in, and not its own.

use std::cell::RefCell;

use virtual_card::usb::{Level, Options};

use crate::support::{
    ABORT, GET_PARAMETERS, Key, POWER_OFF, POWER_ON, SELECT, SET_PARAMETERS, STATUS, XFR_BLOCK,
    message,
};

const LEVELS: [Level; 4] = [
    Level::ExtendedApdu,
    Level::ShortApdu,
    Level::TpduT1,
    Level::TpduT0,
];

/// A block of T=1 with SELECT in it.
fn block() -> Vec<u8> {
    let mut block = [&[0, 0, 11], SELECT].concat();
    block.push(block.iter().fold(0, |sum, byte| sum ^ byte));
    block
}

#[test]
fn messages() {
    let seeds = [
        message(POWER_ON, 1, [0; 3], &[]),
        message(POWER_OFF, 2, [0; 3], &[]),
        message(STATUS, 3, [0; 3], &[]),
        message(XFR_BLOCK, 4, [0; 3], SELECT),
        message(XFR_BLOCK, 5, [0, 1, 0], &SELECT[..4]),
        message(XFR_BLOCK, 6, [0, 0x10, 0], &[]),
        message(XFR_BLOCK, 7, [0; 3], &block()),
        message(XFR_BLOCK, 8, [0; 3], &[0xFF, 0x11, 0x11, 0xFF]),
        message(GET_PARAMETERS, 9, [0; 3], &[]),
        message(
            SET_PARAMETERS,
            10,
            [1, 0, 0],
            &[0x11, 0x10, 0, 0x4D, 0, 254, 0],
        ),
        message(ABORT, 11, [0; 3], &[]),
    ];
    // One key of each kind takes all of them: what one leaves behind, the next finds.
    let keys = RefCell::new(LEVELS.map(Key::at));
    test_support::fuzz::run(&seeds, |bytes| {
        for key in keys.borrow_mut().iter_mut() {
            let device = &mut key.device;
            device.bulk_out(bytes).map_err(|_| "stalled")?;
            while let Some(answer) = device.bulk_in() {
                let length = answer.get(1..5).and_then(|length| length.try_into().ok());
                let length = length.map(u32::from_le_bytes).map(usize::try_from);
                if length != Some(Ok(answer.len().wrapping_sub(10))) {
                    return Err("an answer whose length is not what it says");
                }
            }
            let setup = bytes.first_chunk().copied().unwrap_or_default();
            // Whatever it asks, it may ask; what is halted or not configured is made good.
            let _ = device.control(setup);
            let _ = device.control([0, 9, 1, 0, 0, 0, 0, 0]);
        }
        Ok(())
    });
}

#[test]
fn options_of_any_size_make_a_key() {
    for longest_message in [0, 10, 11, u32::MAX] {
        let mut key = Key::new(Options {
            longest_message,
            ..Options::default()
        });
        // Most of them take not even this, and none falls over it.
        key.say(STATUS, [0; 3], &[]);
        assert!(key.hear().is_some());
    }
}
