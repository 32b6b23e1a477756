//! Every kind of problem, by a name that stays.

use std::fmt;

use serde::{Serialize, Serializer};

macro_rules! codes {
    ($($variant:ident $text:literal $meaning:literal;)*) => {
        /// What kind of problem it is. The text form is stable.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Code {
            $(#[doc = $meaning] $variant,)*
        }

        impl Code {
            /// All codes.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The code as text, such as `config::unknown-key`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            /// What it means, in one line.
            #[must_use]
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $meaning,)* }
            }
        }
    };
}

codes! {
    TooLarge "yaml::too-large" "The file, or what its aliases expand to, is over a limit.";
    TooDeep "yaml::too-deep" "Lists and maps are nested over the limit.";
    Syntax "yaml::syntax" "The file is not YAML.";
    ControlCharacter "yaml::control-character" "The file holds a character that text has no use for.";
    DuplicateKey "yaml::duplicate-key" "A map has the same key twice.";
    Documents "yaml::documents" "The file holds more than one YAML document.";
    Empty "yaml::empty" "The file holds nothing.";
    KeyNotText "yaml::key-not-text" "A key is a list or a map.";
    MergeKey "yaml::merge-key" "A merge key (`<<`), which YAML 1.2 does not have.";
    Tag "yaml::tag" "A tag (`!name`), which has no meaning here.";
    Alias "yaml::alias" "An alias stands inside what it refers to.";

    UnknownKey "config::unknown-key" "A key that has no meaning where it stands.";
    NotAvailable "config::not-available" "A part of the design that this version does not have yet.";
    MissingKey "config::missing-key" "A key that must be there is not.";
    WrongType "config::wrong-type" "A value of another type than the key takes.";
    BadName "config::bad-name" "A name with characters that names do not have.";
    BadPath "config::bad-path" "A path that is not inside the project.";
    BadGlob "config::bad-glob" "A glob that cannot be read, or stands where none is taken.";
    BadDuration "config::bad-duration" "A duration that cannot be read.";
    BadSize "config::bad-size" "A size that cannot be read.";
    BadThreshold "config::bad-threshold" "A threshold that cannot be read.";
    BadTrigger "config::bad-trigger" "A trigger that cannot be read.";
    BadEnv "config::bad-env" "A variable that cannot be read.";
    BadGoal "config::bad-goal" "What a comparison is to show cannot be read.";
    BadBaseline "config::bad-baseline" "What a comparison is with cannot be read.";
    BadBase "config::bad-base" "What an image stands on cannot be read.";
    BadWord "config::bad-word" "A word that is none of those that the key takes.";
    BadTarget "config::bad-target" "A place in an image that cannot be.";
    OutOfRange "config::out-of-range" "A number that is too small or too large for its key.";
    RepeatedItem "config::repeated-item" "The same entry twice in a list.";
    NoSteps "config::no-steps" "A project or a pipeline without steps.";
    TooMany "config::too-many" "More steps than a project may have.";
    NoKind "config::no-kind" "A step that says nothing about what it does.";
    TwoKinds "config::two-kinds" "A step that is of two kinds at once.";
    TwoBases "config::two-bases" "An image that stands on two things at once.";
    WrongKind "config::wrong-kind" "A key that belongs to steps of another kind.";
    UnknownStep "config::unknown-step" "A step that is not defined.";
    UnknownEnvironment "config::unknown-environment" "An environment, or evidence, that is not defined.";
    SelfNeed "config::self-need" "A step that needs itself.";
    Cycle "config::cycle" "Steps that need each other in a circle.";
    OutputConflict "config::output-conflict" "Two outputs, of which one holds the other.";
    OutputIsInput "config::output-is-input" "A step that writes what it reads.";
    JunitInNeed "config::junit-in-need" "A test report in the place of a needed step's output.";
    MissingNeed "config::missing-need" "A step reads what another writes, without needing it.";
    MissingFile "config::missing-file" "A file that neither exists nor is written by a step.";
    NotADirectory "config::not-a-directory" "A file where a directory is meant, or the other way round.";
    NoMetrics "config::no-metrics" "A gate that has nothing to judge, or requires nothing.";
    NeedsPredictions "config::needs-predictions" "A comparison or slices without the rows behind the metrics.";
    UnknownMetric "config::unknown-metric" "A metric that can't be computed from predictions.";
    RepeatedMetrics "config::repeated-metrics" "Metrics of several trainings where those of one are needed.";
    UnreadableContract "config::unreadable-contract" "A contract that cannot be read.";
    UnreadableRegistry "config::unreadable-registry" "A list of features that cannot be read.";
    UnknownTable "config::unknown-table" "A table that the contract does not have, or none where it has several.";

    ContractVersion "contract::version" "Not a version of the standard that is supported.";
    ContractKind "contract::kind" "Not a data contract.";
    NoTables "contract::no-tables" "A contract that describes no data.";
    DuplicateName "contract::duplicate-name" "Two tables, or two columns of a table, of the same name.";
    UnknownValue "contract::unknown-value" "A value that the standard does not have for the key.";
    OptionMisfit "contract::option-misfit" "An option that the logical type does not have.";
    Contradiction "contract::contradiction" "Bounds that no value can meet.";
    BadPattern "contract::bad-pattern" "A regular expression that cannot be compiled.";
    PrimaryKey "contract::primary-key" "Positions of the primary key that do not count from 1.";
    RuleLevel "contract::rule-level" "A metric of tables on a column, or the other way round.";
    RuleArguments "contract::rule-arguments" "Arguments that the metric does not take, or lacks.";
    RuleLimit "contract::rule-limit" "A limit that is missing, or that nothing can meet.";
    UnknownColumn "contract::unknown-column" "A column that the table does not have.";
    BadCondition "contract::bad-condition" "A condition that cannot be read, or compares what cannot be compared.";
    UnknownType "registry::unknown-type" "A type of features that is not known.";
    RepeatedFeature "registry::repeated-feature" "The same feature twice in a list.";
    NotImportable "import::not-importable" "A file of another tool from which no contract can be made.";
    BadReference "contract::bad-reference" "A foreign key that does not say what refers to what.";
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_distinct() {
        let texts: std::collections::BTreeSet<_> = Code::ALL.iter().map(|c| c.as_str()).collect();
        assert_eq!(texts.len(), Code::ALL.len());
    }
}
