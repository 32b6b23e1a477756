//! What a sandboxed command can and cannot do, against the kernel that runs this.
//!
//! The sandbox starts the running binary again as its helper, so this test has a `main` of its
//! own that can be one; otherwise it behaves as cargo's test binaries do. A test whose mechanism
//! this kernel lacks is reported as ignored, with the reason.

#![expect(clippy::print_stdout, reason = "this is its own test harness")]

use std::ffi::OsString;
use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use tollgate_adapters::sandbox::{
    ARGUMENT, Ended, Exit, Level, Mechanism, Overlay, ReadonlyFile, Sandbox, SandboxError, Spec,
    child_main, host_tools,
};

mod degraded;
mod ends;
mod environment;
mod files;
mod mounts;
mod network;
mod programs;
mod stage;

use stage::*;

/// Makes this binary run a command and wait to be killed.
const ORPHAN: &str = "__orphan";
/// No test may take longer to end a run than this.
const BOUND: Duration = Duration::from_secs(20);

type Test = (&'static str, fn());

const TESTS: &[Test] = &[
    ("an_undeclared_file_is_invisible_and_named", files::undeclared),
    ("the_project_s_real_path_is_invisible_and_named", files::absolute),
    ("a_declared_file_and_a_missing_one_are_not_named", files::not_named),
    ("a_script_that_is_run_is_named", files::executed),
    ("caches_and_directories_are_not_named", files::ignored_names),
    ("what_was_not_read_for_lack_of_a_tree_is_bounded", files::bounded_names),
    ("the_home_directory_is_invisible", files::home_invisible),
    ("passwords_are_unreadable", files::passwords),
    ("the_workspace_has_a_fixed_path", files::fixed_path),
    ("the_system_is_read_only", files::read_only_system),
    ("kernel_settings_cannot_be_written", files::kernel_settings),
    ("nothing_is_inherited_but_output", files::descriptors),
    ("privileges_are_gone", files::privileges),
    ("connections_are_refused_and_named", network::refused),
    ("loopback_works", network::loopback),
    ("the_host_s_network_is_there_when_granted", network::granted_network),
    ("an_overlay_takes_the_changes", mounts::overlay),
    ("a_file_in_an_overlay_is_declared", mounts::overlay_declares),
    ("a_large_input_is_read_only", mounts::readonly_file),
    ("a_bad_place_is_an_error", mounts::bad_place),
    ("the_environment_is_exactly_the_base", environment::environment),
    ("the_caller_s_environment_stays_out", environment::caller_environment),
    ("exit_codes_and_signals_are_told", ends::exits),
    ("a_command_that_no_shell_can_be_given_is_an_error", ends::too_long),
    ("a_keeper_that_is_killed_is_no_end_of_the_command", ends::killed_keeper),
    ("output_arrives_while_the_command_runs", ends::streaming),
    ("resources_are_measured", ends::resources),
    ("a_timeout_ends_everything", ends::timeout),
    ("a_timeout_lets_the_command_clean_up", ends::timeout_graceful),
    ("a_cancellation_ends_everything", ends::cancellation),
    ("a_daemon_does_not_outlive_its_command", ends::daemon),
    ("a_killed_parent_leaves_nothing_behind", ends::orphans),
    ("a_killed_parent_leaves_nothing_behind_without_namespaces", ends::orphans_bare),
    ("tool_directories_under_home_work", programs::python_works),
    ("a_virtual_environment_works", programs::venv),
    ("multiprocessing_works", programs::multiprocessing),
    ("many_threads_and_signals_do_not_hang", programs::signals),
    ("a_checkout_in_a_visible_directory_is_masked", programs::masked),
    ("without_notification_reads_still_fail", degraded::no_notification),
    ("without_landlock_the_namespaces_hold", degraded::no_landlock),
    ("without_namespaces_landlock_holds", degraded::bare_files),
    ("without_namespaces_tcp_is_refused", degraded::bare_network),
    ("without_namespaces_large_inputs_are_links", degraded::bare_readonly),
    ("without_namespaces_a_timeout_ends_everything", degraded::bare_timeout),
    ("without_namespaces_an_overlay_is_an_error", degraded::bare_overlay),
    ("without_a_process_namespace_daemons_are_found", degraded::no_pid_namespace),
    ("a_missing_helper_is_an_error", degraded::missing_helper),
    ("a_helper_that_dies_is_an_error", degraded::dying_helper),
    ("runs_do_not_disturb_each_other", degraded::parallel),
];

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    match arguments.next() {
        Some(word) if word == ARGUMENT => child_main(arguments),
        Some(word) if word == ORPHAN => ends::orphan(&arguments.collect::<Vec<_>>()),
        first => harness(first.into_iter().chain(arguments)),
    }
}

fn harness(arguments: impl Iterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<_> = arguments.map(|word| word.to_string_lossy().into_owned()).collect();
    let chosen = choose(&arguments);
    if arguments.iter().any(|word| word == "--list") {
        chosen.iter().for_each(|(name, _)| println!("{name}: test"));
        return ExitCode::SUCCESS;
    }
    println!("\nrunning {} tests", chosen.len());
    let started = Instant::now();
    let outcomes: Vec<_> = chosen.iter().map(outcome).collect();
    let count = |wanted| outcomes.iter().filter(|word| **word == wanted).count();
    let [passed, failed, ignored] = ["ok", "FAILED", "ignored"].map(count);
    println!(
        "\ntest result: {}. {passed} passed; {failed} failed; {ignored} ignored; 0 measured; {} \
         filtered out; finished in {:.2}s\n",
        if failed == 0 { "ok" } else { "FAILED" },
        TESTS.len() - chosen.len(),
        started.elapsed().as_secs_f64()
    );
    ExitCode::from(u8::from(failed > 0))
}

fn choose(arguments: &[String]) -> Vec<Test> {
    let words: Vec<_> = arguments.iter().filter(|word| !word.starts_with('-')).collect();
    let exact = arguments.iter().any(|word| word == "--exact");
    let fits = |name: &str, word: &str| if exact { name == word } else { name.contains(word) };
    let wanted = |name: &str| words.is_empty() || words.iter().any(|word| fits(name, word));
    TESTS.iter().filter(|(name, _)| wanted(name)).copied().collect()
}

fn outcome((name, test): &Test) -> &'static str {
    if let Some(why) = lacking(name) {
        println!("test {name} ... ignored, {why}");
        return "ignored";
    }
    let word = if catch_unwind(test).is_ok() { "ok" } else { "FAILED" };
    println!("test {name} ... {word}");
    word
}

/// What this kernel lacks for a test, if anything.
fn lacking(name: &str) -> Option<String> {
    let isolation = sandbox().isolation();
    let bare = name.starts_with("without_namespaces") || name.contains("helper");
    match (&isolation.files, &isolation.read_reports) {
        (Level::Partial(why) | Level::Missing(why), _) if !bare => Some(why.clone()),
        (_, Level::Missing(why)) if name.contains("named") => Some(why.clone()),
        _ if name.contains("overlay") && !bare && !isolation.overlay => Some("no overlays".into()),
        _ => None,
    }
}
