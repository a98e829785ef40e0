//! Conversations as files of a folder: each is a test of its own, and none is forgotten.

/// A test for each file of `directory()`, by `hold`, but for those that are another test's.
macro_rules! files_held {
    ($($name:ident)* $(; beside $($other:literal)*)?) => {
        $(
            #[test]
            fn $name() {
                hold(stringify!($name));
            }
        )*

        #[test]
        fn no_file_is_forgotten() {
            let files: std::collections::BTreeSet<String> = fs::read_dir(directory())
                .unwrap()
                .map(|entry| entry.unwrap().file_name().into_string().unwrap())
                .collect();
            let tested = [
                $(concat!(stringify!($name), ".toml").to_owned(),)*
                $($($other.to_owned(),)*)?
            ];
            assert_eq!(files, tested.into());
        }
    };
}
