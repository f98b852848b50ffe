"""The tables of a history, as docs/history.md documents them.

Numbers stand for texts in the two tables that have most rows: a million verdicts take some 30 MB.
"""

from __future__ import annotations

from zxhil.report.verdict import ClauseVerdict

#: In the file's header: "zxhl". Another number is another program's file.
APPLICATION_ID = 0x7A78686C
#: The version of the tables, in the file's header. A change of a table needs a new one.
VERSION = 1

#: The verdicts by their number in the file. New ones get new numbers; none is used again.
VERDICTS: dict[int, ClauseVerdict] = {
    1: ClauseVerdict.DIVERGES,
    2: ClauseVerdict.KNOWN,
    3: ClauseVerdict.CONFORMS,
    4: ClauseVerdict.NOT_REACHED,
    5: ClauseVerdict.SKIPPED,
    6: ClauseVerdict.EXEMPT,
}
VERDICT_IDS = {verdict: number for number, verdict in VERDICTS.items()}

_TABLES = """
CREATE TABLE run(
  id INTEGER PRIMARY KEY,
  execution TEXT NOT NULL UNIQUE,
  verdicts TEXT NOT NULL,
  marks TEXT NOT NULL,
  source TEXT NOT NULL,
  zxhil TEXT NOT NULL,
  began TEXT NOT NULL,
  seconds REAL NOT NULL,
  host TEXT NOT NULL,
  qemu TEXT NOT NULL,
  toolchain TEXT NOT NULL,
  pages TEXT NOT NULL,
  whole INTEGER NOT NULL,
  interrupted TEXT NOT NULL,
  exit_code INTEGER NOT NULL,
  added TEXT NOT NULL
) STRICT;

CREATE TABLE kernel(
  id INTEGER PRIMARY KEY,
  arch TEXT NOT NULL,
  version TEXT NOT NULL,
  identity TEXT NOT NULL,
  image TEXT NOT NULL,
  standin INTEGER NOT NULL,
  commit_id TEXT NOT NULL,
  date TEXT NOT NULL,
  subject TEXT NOT NULL,
  UNIQUE(arch, version, identity)
) STRICT;
CREATE INDEX kernel_by_identity ON kernel(identity);

CREATE TABLE trial(
  id INTEGER PRIMARY KEY,
  run_id INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
  kernel_id INTEGER NOT NULL REFERENCES kernel(id),
  earliest INTEGER NOT NULL,
  latest INTEGER NOT NULL,
  rounds INTEGER NOT NULL,
  seconds REAL NOT NULL,
  cases INTEGER NOT NULL,
  not_run INTEGER NOT NULL,
  divergences INTEGER NOT NULL,
  known INTEGER NOT NULL,
  faults INTEGER NOT NULL,
  clauses_diverging INTEGER NOT NULL,
  clauses_known INTEGER NOT NULL,
  clauses_conforming INTEGER NOT NULL,
  UNIQUE(run_id, kernel_id)
) STRICT;
CREATE INDEX trial_by_kernel ON trial(kernel_id);

CREATE TABLE verdict_word(id INTEGER PRIMARY KEY, word TEXT NOT NULL UNIQUE) STRICT;

CREATE TABLE clause(
  id INTEGER PRIMARY KEY,
  page TEXT NOT NULL,
  name TEXT NOT NULL,
  status TEXT NOT NULL,
  sentence TEXT NOT NULL,
  UNIQUE(page, name)
) STRICT;

CREATE TABLE verdict(
  trial_id INTEGER NOT NULL REFERENCES trial(id) ON DELETE CASCADE,
  clause_id INTEGER NOT NULL REFERENCES clause(id),
  verdict_id INTEGER NOT NULL REFERENCES verdict_word(id) CHECK(verdict_id BETWEEN 1 AND 6),
  PRIMARY KEY(trial_id, clause_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX verdict_by_clause ON verdict(clause_id, trial_id, verdict_id);

CREATE TABLE test_case(
  id INTEGER PRIMARY KEY,
  program TEXT NOT NULL,
  name TEXT NOT NULL,
  page TEXT NOT NULL,
  UNIQUE(program, name)
) STRICT;

CREATE TABLE crash(id INTEGER PRIMARY KEY, title TEXT NOT NULL UNIQUE) STRICT;

CREATE TABLE outcome(
  id INTEGER PRIMARY KEY,
  end TEXT NOT NULL,
  what TEXT NOT NULL,
  UNIQUE(end, what)
) STRICT;

CREATE TABLE result(
  trial_id INTEGER NOT NULL REFERENCES trial(id) ON DELETE CASCADE,
  case_id INTEGER NOT NULL REFERENCES test_case(id),
  outcome_id INTEGER NOT NULL REFERENCES outcome(id),
  milliseconds INTEGER,
  PRIMARY KEY(trial_id, case_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE round(
  trial_id INTEGER NOT NULL REFERENCES trial(id) ON DELETE CASCADE,
  case_id INTEGER NOT NULL REFERENCES test_case(id),
  number INTEGER NOT NULL,
  end TEXT NOT NULL,
  PRIMARY KEY(trial_id, case_id, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE unsteady(
  kernel_id INTEGER NOT NULL REFERENCES kernel(id),
  case_id INTEGER NOT NULL REFERENCES test_case(id),
  PRIMARY KEY(kernel_id, case_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE finding(
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  clauses TEXT NOT NULL,
  text TEXT NOT NULL,
  UNIQUE(kind, clauses, text)
) STRICT;

CREATE TABLE finding_clause(
  clause_id INTEGER NOT NULL REFERENCES clause(id),
  finding_id INTEGER NOT NULL REFERENCES finding(id),
  PRIMARY KEY(clause_id, finding_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE reason(id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;

CREATE TABLE divergence(
  trial_id INTEGER NOT NULL REFERENCES trial(id) ON DELETE CASCADE,
  case_id INTEGER NOT NULL REFERENCES test_case(id),
  number INTEGER NOT NULL,
  finding_id INTEGER NOT NULL REFERENCES finding(id),
  reason_id INTEGER REFERENCES reason(id),
  PRIMARY KEY(trial_id, case_id, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX divergence_by_finding ON divergence(finding_id, trial_id);

CREATE TABLE fault(
  trial_id INTEGER NOT NULL REFERENCES trial(id) ON DELETE CASCADE,
  crash_id INTEGER NOT NULL REFERENCES crash(id),
  what TEXT NOT NULL,
  boots INTEGER NOT NULL,
  cases INTEGER NOT NULL,
  not_run INTEGER NOT NULL,
  known INTEGER NOT NULL,
  lines TEXT NOT NULL,
  PRIMARY KEY(trial_id, crash_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX fault_by_crash ON fault(crash_id, trial_id);

CREATE TABLE attempt(
  source TEXT NOT NULL,
  rules TEXT NOT NULL,
  name TEXT NOT NULL,
  arch TEXT NOT NULL,
  date TEXT NOT NULL,
  subject TEXT NOT NULL,
  outcome TEXT NOT NULL,
  reason TEXT NOT NULL,
  run_id INTEGER REFERENCES run(id) ON DELETE SET NULL,
  at TEXT NOT NULL,
  PRIMARY KEY(source, rules)
) STRICT, WITHOUT ROWID;
CREATE INDEX attempt_by_run ON attempt(run_id);

CREATE VIEW verdicts AS
SELECT kernel.date, kernel.arch, kernel.version, run.began,
  clause.page || '/' || clause.name AS clause, verdict_word.word AS verdict,
  verdict.trial_id, verdict.clause_id
FROM verdict JOIN verdict_word ON verdict_word.id = verdict_id
  JOIN clause ON clause.id = clause_id
  JOIN trial ON trial.id = trial_id JOIN kernel ON kernel.id = kernel_id
  JOIN run ON run.id = run_id;

CREATE VIEW results AS
SELECT kernel.date, kernel.arch, kernel.version, run.began,
  test_case.program || '/' || test_case.name AS "case", outcome.end, outcome.what,
  result.milliseconds, result.trial_id, result.case_id
FROM result JOIN outcome ON outcome.id = outcome_id JOIN test_case ON test_case.id = case_id
  JOIN trial ON trial.id = trial_id JOIN kernel ON kernel.id = kernel_id
  JOIN run ON run.id = run_id;

CREATE VIEW divergences AS
SELECT kernel.date, kernel.arch, kernel.version, run.began,
  test_case.program || '/' || test_case.name AS "case", finding.kind, finding.clauses, finding.text,
  reason.text AS known_reason, divergence.trial_id, divergence.case_id
FROM divergence JOIN finding ON finding.id = finding_id LEFT JOIN reason ON reason.id = reason_id
  JOIN test_case ON test_case.id = case_id
  JOIN trial ON trial.id = trial_id JOIN kernel ON kernel.id = kernel_id
  JOIN run ON run.id = run_id
"""

#: Each statement that makes a table, an index or a view.
STATEMENTS = tuple(each.strip() for each in _TABLES.split(";\n") if each.strip())
