//! Tests of the colours in `style/tokens.css`, in each scheme that a system may wish:
//! every ink on every ground that it stands on (WCAG 2.2, 1.4.3, 1.4.6 and 1.4.11).

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use crate::files;

/// The colours of a scheme by their names.
type Colours = BTreeMap<String, String>;

const MORE: &str = "@media screen and (prefers-contrast: more) {";
const DARK: &str = "@media screen and (prefers-color-scheme: dark) {";
const DARK_MORE: &str =
    "@media screen and (prefers-color-scheme: dark) and (prefers-contrast: more) {";

/// Inks, and what each of them may stand on.
const TEXT: [(&[&str], &[&str]); 11] = [
    (
        &["ink", "ink-soft", "ink-faint", "accent", "accent-strong"],
        &[
            "ground",
            "surface",
            "surface-quiet",
            "surface-off",
            "accent-quiet",
            "accent-ground",
        ],
    ),
    (
        &["ink", "ink-soft", "ink-faint", "accent-strong"],
        &["good-ground", "warn-ground", "bad-ground"],
    ),
    (&["ink-off"], &["surface", "surface-quiet", "surface-off"]),
    (&["ink", "mark-strong"], &["mark-ground"]),
    (
        &["good", "warn", "bad", "mark"],
        &["ground", "surface", "surface-quiet"],
    ),
    (
        &["on-accent"],
        &["accent", "accent-strong", "accent-pressed"],
    ),
    (&["on-bad"], &["bad", "bad-strong"]),
    (&["surface"], &["good"]),
    (
        &["bar-ink", "bar-soft", "bar-mark", "bar-warn"],
        &["bar-start", "bar-middle", "bar-end"],
    ),
    (&["tag"], &["tag-ground", "tag-legal-ground"]),
    (&["code"], &["code-ground"]),
];

/// States on their own grounds.
const STATES: [&str; 5] = ["good", "warn", "bad", "cold", "mark"];

/// What is no text, but has to be seen: the edge of a field, and where the focus is.
const EDGES: [(&[&str], &[&str]); 3] = [
    (&["line-strong"], &["ground", "surface", "surface-quiet"]),
    (
        &["focus"],
        &[
            "ground",
            "surface",
            "surface-quiet",
            "accent-quiet",
            "accent-ground",
            "warn-ground",
        ],
    ),
    (&["bar-warn"], &["bar-start", "bar-middle", "bar-end"]),
];

/// What a block of the sheet sets.
fn block(sheet: &str, head: &str) -> Colours {
    let block = sheet.split_once(head).unwrap().1;
    let block = block
        .split_once(":root {")
        .unwrap()
        .1
        .split_once('}')
        .unwrap()
        .0;
    let lines = block.lines().filter_map(|line| {
        let (name, value) = line.trim().strip_prefix("--")?.split_once(": ")?;
        let value = value.strip_suffix(';')?;
        value
            .starts_with('#')
            .then(|| (name.to_owned(), value.to_owned()))
    });
    let colours: Colours = lines.collect();
    assert!(colours.len() > 20, "{head}: the sheet was not read");
    colours
}

/// Each scheme with the least contrast of its text.
fn schemes() -> [(&'static str, Colours, f64); 4] {
    let sheet = fs::read_to_string(files::root().join("style/tokens.css")).unwrap();
    let light = block(&sheet, "");
    let over = |below: &Colours, head: &str| {
        let mut colours = below.clone();
        colours.extend(block(&sheet, head));
        colours
    };
    let more = over(&light, MORE);
    let dark = over(&light, DARK);
    // In the sheet's order: what comes later wins.
    let dark_more = over(&over(&more, DARK), DARK_MORE);
    [
        ("light", light, 4.5),
        ("light, more contrast", more, 7.0),
        ("dark", dark, 4.5),
        ("dark, more contrast", dark_more, 7.0),
    ]
}

/// The relative luminance of `#rgb` or `#rrggbb`.
fn luminance(colour: &str) -> f64 {
    let digits: Vec<u32> = colour
        .chars()
        .skip(1)
        .map(|c| c.to_digit(16).unwrap())
        .collect();
    let channels: Vec<u32> = match digits.len() {
        3 => digits.iter().map(|digit| digit * 17).collect(),
        6 => digits
            .chunks(2)
            .map(|pair| pair[0] * 16 + pair[1])
            .collect(),
        _ => panic!("{colour}"),
    };
    let linear = |channel: u32| {
        let value = f64::from(channel) / 255.0;
        if value <= 0.040_45 {
            value / 12.92
        } else {
            ((value + 0.055) / 1.055).powf(2.4)
        }
    };
    0.2126 * linear(channels[0]) + 0.7152 * linear(channels[1]) + 0.0722 * linear(channels[2])
}

fn contrast(one: &str, other: &str) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

/// The pairs of a table that have less than `least`.
fn too_close(colours: &Colours, pairs: &[(&[&str], &[&str])], least: f64) -> Vec<String> {
    let mut found = Vec::new();
    for (inks, grounds) in pairs {
        for ink in *inks {
            for ground in *grounds {
                let contrast = contrast(&colours[*ink], &colours[*ground]);
                if contrast < least {
                    found.push(format!("{ink} on {ground}: {contrast:.2}"));
                }
            }
        }
    }
    found
}

#[test]
fn every_ink_is_legible_on_its_grounds_in_each_scheme() {
    assert!((contrast("#000", "#ffffff") - 21.0).abs() < 0.001);
    assert!((contrast("#777", "#fff") - 4.48).abs() < 0.01);
    for (scheme, colours, least) in schemes() {
        assert_eq!(too_close(&colours, &TEXT, least), [""; 0], "{scheme}");
        for state in STATES {
            let ground = format!("{state}-ground");
            let pair: [(&[&str], &[&str]); 1] = [(&[state], &[&ground])];
            assert_eq!(too_close(&colours, &pair, least), [""; 0], "{scheme}");
        }
        assert_eq!(too_close(&colours, &EDGES, 3.0), [""; 0], "{scheme}");
    }
}

/// A colour that stood anywhere else would be the same in each scheme.
#[test]
fn no_other_sheet_names_a_colour() {
    // The arrow of a list, in a picture, to which no token reaches: it is seen on both.
    const PICTURES: [&str; 1] = ["url("];
    let mut folders = vec![files::root().join("style")];
    let mut sheets = 0;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let is_sheet = path.extension().is_some_and(|extension| extension == "css");
            if !is_sheet || path.ends_with(Path::new("style/tokens.css")) {
                continue;
            }
            sheets += 1;
            for line in fs::read_to_string(&path).unwrap().lines() {
                let names = line.contains("rgb(")
                    || line.contains(": #")
                    || line.contains(" #") && line.contains("px");
                let is_picture = PICTURES.iter().any(|picture| line.contains(picture));
                assert!(!names || is_picture, "{}: {line}", path.display());
            }
        }
    }
    assert!(sheets > 40, "the sheets were not read");
}

/// A name that nobody gives is no error to a browser: the colour is just not there.
#[test]
fn every_value_that_is_used_is_given() {
    let sheet = crate::style::sheet().unwrap();
    let names = |before: &str| -> BTreeSet<String> {
        let rest = sheet.split(before).skip(1);
        rest.map(|rest| {
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '-');
            rest[..end.unwrap_or(rest.len())].to_owned()
        })
        .collect()
    };
    let used = names("var(--");
    let given: BTreeSet<_> = sheet
        .lines()
        .filter_map(|line| {
            Some(
                line.trim()
                    .strip_prefix("--")?
                    .split_once(':')?
                    .0
                    .to_owned(),
            )
        })
        .collect();
    assert!(used.len() > 50, "the sheet was not read");
    let missing: Vec<_> = used.difference(&given).collect();
    assert_eq!(missing, [""; 0]);
}
