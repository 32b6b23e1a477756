//! `kill -9` at any moment: the next run goes on where the last one stopped.

use std::collections::BTreeSet;
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::common::{Project, Ran, marker, processes};

/// Kills per project; two projects go side by side.
const KILLS: u32 = 50;

/// Numbers that look random and are the same in each run of the test (xorshift).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }
}

fn project(marker: &str) -> Project {
    // What the children sleep for is in their arguments, and so is the marker.
    let child = format!("sh -c 'sleep 1000; : {marker}' > /dev/null 2>&1 &");
    let project = Project::new(&format!(
        "
steps:
  a: {{ run: mkdir d; for i in $(seq 40); do echo $i > d/$i; done; cat a >> d/1, inputs: [a], outputs: [d/] }}
  b: {{ run: \"{child} cat b > b.out\", inputs: [b], outputs: [b.out] }}
  c: {{ run: ls d > c.out; cat c >> c.out, needs: [a], inputs: [c], outputs: [c.out] }}
  d: {{ run: \"setsid {child} cp -r d e; cat b.out > e/b\", needs: [a, b], outputs: [e/] }}
  e: {{ run: \"{child} sleep 0.05; test $(cat c.out d/1 | wc -l) -gt 1\", needs: [a, c] }}
  f: {{ run: cat e/b e/40, needs: [d] }}
"
    ));
    project.write("a", "0").write("b", "0").write("c", "0");
    project
}

/// Changes one of the inputs, so that there is something to do.
fn change(project: &Project, round: u32, dice: &mut Dice) {
    let input = ["a", "b", "c"][dice.roll(3) as usize];
    project.write(input, format!("{round}\n"));
}

/// What the killed run said of the steps that it had finished.
fn finished(killed: &Ran) -> BTreeSet<String> {
    // The last line may be cut short.
    let whole = killed.stdout.rsplit_once('\n').map_or("", |(whole, _)| whole);
    let said = Ran { stdout: whole.to_owned(), stderr: String::new(), code: None };
    let passed = said.facts("step_finished").into_iter().chain(said.facts("step_reused"));
    passed.map(|fact| fact["step"].as_str().unwrap().to_owned()).collect()
}

fn kill_again_and_again(seed: u64) {
    let marker = marker("killed");
    let project = project(&marker);
    let mut dice = Dice(seed);
    let began = Instant::now();
    project.run().passes();
    let mut full = began.elapsed().as_millis() as u64;
    let (mut round, mut kills) = (0, 0);
    while kills < KILLS {
        round += 1;
        assert!(round < 8 * KILLS, "only {kills} of {round} kills came before the end");
        change(&project, round, &mut dice);
        let running = project.start("run --json");
        sleep(Duration::from_millis(dice.roll(full)));
        running.signal("KILL");
        let killed = running.wait();
        // A kill that came too late shows that runs take less time than was thought.
        let in_time = killed.code.is_none();
        kills += u32::from(in_time);
        full = if in_time { full + full / 50 } else { full * 9 / 10 + 5 };
        let next = project.run();
        let context = format!("seed {seed}, round {round}\n{killed}\n{next}");
        assert_eq!(next.code, Some(0), "{context}");
        let again: BTreeSet<String> = next.ran().into_iter().collect();
        assert!(finished(&killed).is_disjoint(&again), "known, but run again: {context}");
        assert_eq!(project.leftovers(), Vec::<std::path::PathBuf>::new(), "{context}");
    }
    project.tollgate("audit verify").passes();
    project.tollgate("store verify").passes();
    assert_eq!(processes(&marker), Vec::<String>::new());
    let last = project.tollgate("run --force --json");
    assert_eq!(last.passes().ran().len(), 6);
}

#[test]
fn a_hundred_kills() {
    std::thread::scope(|scope| {
        scope.spawn(|| kill_again_and_again(0x5EED));
        scope.spawn(|| kill_again_and_again(0xFEED));
    });
}

#[test]
fn a_killed_run_is_told_of_and_closed() {
    let project = Project::new(
        "
steps:
  first: { run: echo 1 > x, outputs: [x] }
  second: { run: test -s x && sleep 1, needs: [first] }
",
    );
    let running = project.start("run");
    crate::common::until("the second step runs", || {
        project.path(".tollgate/work/r1-second-1").exists()
    });
    running.signal("KILL");
    running.wait();
    project.tollgate("status").exits(3);
    let next = project.run();
    next.passes().says("r1 was broken off; what it finished is kept, the rest runs again");
    assert_eq!((next.reused(), next.ran()), (vec!["first".into()], vec!["second".into()]));
    let closed = &project.tollgate("audit log --json").json();
    let end = closed.iter().find(|entry| entry["fact"]["fact"] == "run_finished").unwrap();
    assert_eq!((&end["fact"]["run"], &end["fact"]["end"]), (&1.into(), &"abandoned".into()));
}
