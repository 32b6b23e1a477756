//! The story: what happens to the project in each act, and what must come of it.

use super::edits;

/// One act.
pub(super) struct Act {
    pub(super) title: &'static str,
    pub(super) says: &'static str,
    /// What is changed, on a branch of its own; none runs what is there.
    pub(super) change: Option<Change>,
    pub(super) targets: &'static [&'static str],
    pub(super) expected: Expected,
}

/// A change to one file, as a pull request would make it.
pub(super) struct Change {
    pub(super) branch: &'static str,
    pub(super) file: &'static str,
    pub(super) edit: fn(&str) -> String,
    /// Whether the change is merged; others stay on their branch.
    pub(super) merged: bool,
}

/// What must come of an act; the demo fails where something else does.
pub(super) enum Expected {
    Passes,
    TouchesNothing,
    StoppedBy(&'static str),
    LeftOpenBy(&'static str),
    Releases,
}

const DATA: &str = "data/sample.csv";

pub(super) const ACTS: &[Act] = &[
    Act {
        title: "A pull request, for the first time",
        says: "Everything runs, each step in a sandbox that shows it only what it declares.",
        change: None,
        targets: &["pr"],
        expected: Expected::Passes,
    },
    Act {
        title: "The same again",
        says: "Nothing has changed, so nothing runs.",
        change: None,
        targets: &["pr"],
        expected: Expected::TouchesNothing,
    },
    Act {
        title: "One line of a docstring",
        says: "Only what reads src/ runs. The model comes out the same to the byte, so its gate \
               need not be asked again.",
        change: Some(Change {
            branch: "wording",
            file: "src/features.py",
            edit: edits::reword,
            merged: true,
        }),
        targets: &["pr"],
        expected: Expected::Passes,
    },
    Act {
        title: "Data without one of its columns",
        says: "The export has lost `signup_date`. The contract stops it before training.",
        change: Some(Change {
            branch: "lost-column",
            file: DATA,
            edit: edits::drop_column,
            merged: false,
        }),
        targets: &["quality"],
        expected: Expected::StoppedBy("data"),
    },
    Act {
        title: "A customer of 190 years",
        says: "One cell of 36 000 is out of range.",
        change: Some(Change {
            branch: "old-customer",
            file: DATA,
            edit: edits::impossible_age,
            merged: false,
        }),
        targets: &["quality"],
        expected: Expected::StoppedBy("data"),
    },
    Act {
        title: "Nulls at 3 %",
        says: "`monthly_spend` has holes; the contract allows 1 %.",
        change: Some(Change { branch: "holes", file: DATA, edit: edits::holes, merged: false }),
        targets: &["quality"],
        expected: Expected::StoppedBy("data"),
    },
    Act {
        title: "Spending in another currency",
        says: "Every cell is valid, but not what the model was built on: `monthly_spend` drifted.",
        change: Some(Change {
            branch: "currency",
            file: DATA,
            edit: edits::other_currency,
            merged: false,
        }),
        targets: &["quality"],
        expected: Expected::StoppedBy("data"),
    },
    Act {
        title: "A model that learnt nothing",
        says: "The labels are shuffled: every cell is valid and every test passes, but the model \
               only guesses. The gate stops it.",
        change: Some(Change {
            branch: "shuffled",
            file: DATA,
            edit: edits::shuffle_labels,
            merged: false,
        }),
        targets: &["quality"],
        expected: Expected::StoppedBy("quality"),
    },
    Act {
        title: "A model that is blind on one plan",
        says: "A change of the features loses the activity of premium customers. The model is \
               above every bar as a whole; the slices show where it is not.",
        change: Some(Change {
            branch: "blind",
            file: "src/features.py",
            edit: edits::blind_on_premium,
            merged: false,
        }),
        targets: &["quality"],
        expected: Expected::StoppedBy("quality"),
    },
    Act {
        title: "The nightly training",
        says: "A bigger model, for the first time: it becomes the one to beat.",
        change: None,
        targets: &["nightly"],
        expected: Expected::Passes,
    },
    Act {
        title: "A challenger that is better by luck",
        says: "Another setting gets 4 customers more right. That is no proof, and the gate says \
               how many it would take.",
        change: Some(Change {
            branch: "lucky",
            file: "src/model.py",
            edit: edits::other_regularization,
            merged: false,
        }),
        targets: &["nightly"],
        expected: Expected::LeftOpenBy("quality_full"),
    },
    Act {
        title: "Back on main",
        says: "None of it got in, and all of main is known.",
        change: None,
        targets: &["pr"],
        expected: Expected::TouchesNothing,
    },
];

/// What needs Debian packages from this machine's APT sources.
pub(super) const RELEASE: &[Act] = &[
    Act {
        title: "An image, and a release",
        says: "All of main has passed, so the service becomes an image, without a daemon; and what \
               every step found out is signed.",
        change: None,
        targets: &["main"],
        expected: Expected::Releases,
    },
    Act {
        title: "A scan without a database",
        says: "What is known against the image's packages? Nobody has said yet, and that is never \
               a pass: no release.",
        change: Some(Change {
            branch: "scanned",
            file: "tollgate.yaml",
            edit: edits::scan,
            merged: false,
        }),
        targets: &["main"],
        expected: Expected::LeftOpenBy("image"),
    },
];
