//! Writes the programs of seeds FIRST..LAST and their data to a folder: `dump FOLDER FIRST LAST`.

use std::path::PathBuf;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, first, last] = &arguments[..] else {
        return Err("usage: dump FOLDER FIRST LAST".into());
    };
    let folder = PathBuf::from(folder);
    std::fs::create_dir_all(&folder)?;
    for seed in first.parse::<u64>()?..last.parse()? {
        let p = ppl_generate::generate(seed);
        std::fs::write(folder.join(format!("{seed}.stan")), p.program)?;
        std::fs::write(folder.join(format!("{seed}.data.json")), p.data)?;
    }
    Ok(())
}
