//! Writes the programs of seeds FIRST..LAST and their data to a folder: `dump FOLDER FIRST LAST [models]`; with `models` the ordinary ones,
//! and what their simulators are given.

use std::path::PathBuf;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (folder, first, last, ordinary) = match &arguments[..] {
        [folder, first, last] => (folder, first, last, false),
        [folder, first, last, models] if models == "models" => (folder, first, last, true),
        _ => return Err("usage: dump FOLDER FIRST LAST [models]".into()),
    };
    let folder = PathBuf::from(folder);
    std::fs::create_dir_all(&folder)?;
    for seed in first.parse::<u64>()?..last.parse()? {
        let (program, data) = if ordinary {
            let model = ppl_generate::model(seed);
            (model.program, model.given)
        } else {
            let program = ppl_generate::generate(seed);
            (program.program, program.data)
        };
        std::fs::write(folder.join(format!("{seed}.stan")), program)?;
        std::fs::write(folder.join(format!("{seed}.data.json")), data)?;
    }
    Ok(())
}
