//! The results of many seeds, as a table.

use std::fmt;

use crate::simulation::Report;
use crate::{Fault, sometimes};

impl Report {
    /// What must happen sometimes, and has not: faults that never struck are among it.
    pub fn never(&self) -> Vec<&'static str> {
        let struck = |fault: &&Fault| self.tally.struck.get(fault).is_none_or(|count| *count == 0);
        let faults = Fault::ALL.iter().filter(struck).map(|fault| fault.name());
        let others = sometimes::all().filter(|name| !self.tally.sometimes.contains_key(name));
        faults.chain(others).collect()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tally = &self.tally;
        writeln!(f, "seeds       {:>12}", self.seeds)?;
        writeln!(f, "payments    {:>12}", tally.payments)?;
        writeln!(f, "bank calls  {:>12}", tally.calls)?;
        writeln!(f, "violations  {:>12}", self.failures.len())?;
        writeln!(f, "trace hash  {:>16x}\n", self.hash)?;
        writeln!(f, "faults struck")?;
        for fault in Fault::ALL {
            let count = tally.struck.get(fault).copied().unwrap_or(0);
            writeln!(f, "  {:<28}{count:>10}", fault.name())?;
        }
        writeln!(f, "\nunknown so many seconds after all was healed")?;
        for (seconds, count) in &tally.known_after {
            writeln!(f, "  {seconds:<28}{count:>10}")?;
        }
        let never = self.never();
        if !never.is_empty() {
            writeln!(f, "\nnever happened: {}", never.join(", "))?;
        }
        for (seed, complaint) in self.failures.iter().take(20) {
            writeln!(f, "\nseed {seed}: {}: {}", complaint.rule, complaint.what)?;
        }
        Ok(())
    }
}
