//! What an ODCS v3 document looks like: the keys of v3.0 and v3.1. What only informs people and
//! catalogues is accepted and not looked at (`informs`); a misspelt key is a problem, since a
//! check that silently isn't made is worse than none.
//!
//! Source: `odcs-json-schema-v3.1.0.json` and `odcs-json-schema-v3.0.2.json` of the standard.

use tollgate_model::RelPath;

use super::values::Options;
use crate::record::record;
use crate::shape::At;
use crate::syntax::Timespan;
use crate::yaml::Node;

record! {
    /// A data contract.
    ContractFile, "a data contract" {
        /// Version of the standard, such as `v3.1.0`.
        [needed] api_version = "apiVersion": String,
        /// `DataContract`.
        [needed] kind: String,
        /// Identifies the contract.
        [needed] id: String,
        /// Version of the contract.
        [needed] version: String,
        /// `proposed`, `draft`, `active`, `deprecated` or `retired`.
        [needed] status: String,
        /// Name of the contract.
        name: String,
        /// The tables.
        [needed] schema: Vec<At<ObjectFile>>,
    }
    informs [
        "tenant", "tags", "servers", "dataProduct", "description", "domain", "support",
        "price", "team", "roles", "slaDefaultElement", "slaProperties",
        "authoritativeDefinitions", "customProperties", "contractCreatedTs",
    ];
}

record! {
    /// A table.
    ObjectFile, "an object of the schema" {
        /// Its name.
        [needed] name: String,
        /// `object`.
        logical_type = "logicalType": String,
        /// The columns.
        properties: Vec<At<PropertyFile>>,
        /// Rules about the table.
        quality: Vec<At<QualityFile>>,
        /// Other tables that it refers to.
        relationships: Vec<At<RelationshipFile>>,
    }
    informs [
        "id", "physicalName", "physicalType", "description", "businessName",
        "authoritativeDefinitions", "tags", "customProperties",
        "dataGranularityDescription",
    ];
}

record! {
    /// A column.
    PropertyFile, "a property" {
        /// Its name.
        [needed] name: String,
        /// Its name in the data, where it is another.
        physical_name = "physicalName": String,
        /// What values are.
        logical_type = "logicalType": String,
        /// Bounds of its values.
        logical_type_options = "logicalTypeOptions": Options,
        /// Whether no value is null.
        required: bool,
        /// Whether no value occurs twice.
        unique: bool,
        /// Whether it is part of the primary key.
        primary_key = "primaryKey": bool,
        /// Its position in the primary key, counted from 1.
        primary_key_position = "primaryKeyPosition": i64,
        /// How confidential it is.
        classification: String,
        /// Rules about the column.
        quality: Vec<At<QualityFile>>,
        /// Columns of a record.
        properties: Node,
        /// The entries of a list.
        items: Node,
        /// Columns of other tables that it refers to.
        relationships: Vec<At<RelationshipFile>>,
    }
    informs [
        "id", "physicalType", "description", "businessName", "authoritativeDefinitions",
        "tags", "customProperties", "partitioned", "partitionKeyPosition", "encryptedName",
        "transformSourceObjects", "transformLogic", "transformDescription", "examples",
        "criticalDataElement",
    ];
}

record! {
    /// A rule.
    QualityFile, "a quality rule" {
        /// Its name.
        name: String,
        /// What it checks.
        description: String,
        /// `library`, `text`, `sql` or `custom`.
        kind = "type": String,
        /// What is counted.
        metric: String,
        /// The same in v3.0.
        rule: String,
        /// Arguments of the metric.
        arguments: ArgumentsFile,
        /// v3.0's argument of the rule `validValues`.
        valid_values = "validValues": Node,
        /// `rows` or `percent`.
        unit: String,
        must_be = "mustBe": Node,
        must_not_be = "mustNotBe": Node,
        must_be_greater_than = "mustBeGreaterThan": Node,
        must_be_greater_or_equal_to = "mustBeGreaterOrEqualTo": Node,
        must_be_less_than = "mustBeLessThan": Node,
        must_be_less_or_equal_to = "mustBeLessOrEqualTo": Node,
        must_be_between = "mustBeBetween": Node,
        must_not_be_between = "mustNotBeBetween": Node,
        /// Who checks, of `custom` rules.
        engine: String,
        /// What is checked, in the words of who checks.
        implementation: Node,
        /// `error`, `warning` or `info`.
        severity: String,
    }
    informs [
        "query", "id", "authoritativeDefinitions", "businessImpact",
        "customProperties", "dimension", "method", "schedule", "scheduler", "tags",
    ];
}

record! {
    /// Arguments of a metric.
    ArgumentsFile, "a metric's list of arguments" {
        /// Values that count as missing.
        missing_values = "missingValues": Vec<At<Node>>,
        /// Values that are valid.
        valid_values = "validValues": Vec<At<Node>>,
        /// What valid values match.
        pattern: String,
        /// Columns that are compared together.
        properties: Vec<At<String>>,
    }
}

record! {
    /// A rule that Tollgate checks beyond the standard's metrics.
    ImplementationFile, "a rule of Tollgate" {
        /// How old the newest value may be.
        freshness: FreshnessFile,
        /// What must be true of every row, such as `end_date >= start_date`.
        condition: String,
        /// Values that must be among those of other data.
        foreign_key = "foreignKey": ForeignKeyFile,
        /// How many rows may break it: a number, or per cent such as `1%`.
        at_most = "atMost": Node,
    }
}

record! {
    /// How old the newest value may be.
    FreshnessFile, "a freshness" {
        /// The column with the times; on a column, that one.
        column: String,
        /// Such as `24h`.
        [needed] max_age = "maxAge": Timespan,
    }
}

record! {
    /// Values that must be among those of other data.
    ForeignKeyFile, "a foreign key" {
        /// The column that refers; on a column, that one.
        column: String,
        /// Several columns that refer together.
        columns: Vec<At<String>>,
        /// To what.
        [needed] references: ReferenceFile,
    }
}

record! {
    /// What a foreign key refers to.
    ReferenceFile, "a reference" {
        /// A file of the project or an output of a needed step; without it, the same data.
        data: RelPath,
        /// The column.
        column: String,
        /// As many columns as refer together.
        columns: Vec<At<String>>,
    }
}

record! {
    /// A relationship with another table.
    RelationshipFile, "a relationship" {
        /// `foreignKey`.
        kind = "type": String,
        /// The columns that refer, of relationships of a table.
        from: Node,
        /// The columns that are referred to, such as `customers.id`.
        [needed] to: Node,
        /// Among them `tollgate.data`: the file of the other table.
        custom_properties = "customProperties": Node,
    }
    informs ["id"];
}
