//! Micro-batches of the first steps of a training, weights, and what our network makes of them, in safetensors: what another implementation of
//! the network is checked against, and timed on (`benches/spfn.py`). `batches FILE [STEPS] [--posterior]`
//!
//! | tensors | |
//! | --- | --- |
//! | `weights.NAME` | the weights: first ones with noise, since those that begin at 0 would hide the rest of the network |
//! | `STEP.PART.NAME` | a micro-batch, with `loss`, the mean over its examples, and `norm`, that of the gradient |
//! | `gradient.PART.NAME` | gradients of the first two micro-batches |
//! | `stepped.NAME`, `average.NAME` | weights and their average after the optimiser was given those two, at the full learning rate |

use burn::backend::{Autodiff, Flex};
use burn::tensor::backend::Backend;
use burn::tensor::{Bool, Distribution, ElementConversion, Int, Tensor};
use ppl_corpus::Grammar;
use safetensors::tensor::{Dtype, TensorView, serialize};
use spfn_model::actions::Vocabulary;
use spfn_model::batch::Batch;
use spfn_model::config::Config;
use spfn_model::network::Network;
use spfn_model::optimiser::{Optimiser, State, StepOptions};
use spfn_model::parameters::{Flat, Layout};
use spfn_model::source::Source;
use spfn_model::train::by_cost;
use std::collections::HashMap;
use std::sync::Arc;

type B = Autodiff<Flex>;

/// Names, types, shapes and bytes of tensors.
#[derive(Default)]
struct File(Vec<(String, Dtype, Vec<usize>, Vec<u8>)>);

impl File {
    fn floats<const D: usize>(&mut self, name: String, tensor: &Tensor<B, D>) {
        let bytes = tensor.to_data().iter::<f32>().flat_map(f32::to_le_bytes).collect();
        self.0.push((name, Dtype::F32, tensor.dims().to_vec(), bytes));
    }

    fn ints<const D: usize>(&mut self, name: String, tensor: &Tensor<B, D, Int>) {
        let bytes = tensor.to_data().iter::<i32>().flat_map(i32::to_le_bytes).collect();
        self.0.push((name, Dtype::I32, tensor.dims().to_vec(), bytes));
    }

    fn bools<const D: usize>(&mut self, name: String, tensor: &Tensor<B, D, Bool>) {
        self.ints(name, &tensor.clone().int());
    }

    fn flat(&mut self, prefix: &str, layout: &Layout, flat: &Flat<Flex>) {
        for (place, values) in layout.split(flat) {
            let bytes = values.into_iter().flat_map(f32::to_le_bytes).collect();
            self.0.push((format!("{prefix}.{}", place.name), Dtype::F32, place.shape.clone(), bytes));
        }
    }

    fn batch(&mut self, prefix: &str, batch: &Batch<B>) {
        let name = |name: &str| format!("{prefix}.{name}");
        let (tables, programs) = (&batch.tables, &batch.programs);
        self.floats(name("cells"), &tables.cells);
        self.bools(name("no_row"), &tables.no_row);
        self.floats(name("outcome_features"), &tables.outcome_features);
        self.floats(name("column_features"), &tables.column_features);
        self.ints(name("kinds"), &tables.kinds);
        self.bools(name("no_column"), &tables.no_column);
        self.bools(name("no_program_column"), &tables.no_program_column);
        self.floats(name("sharing"), &tables.sharing);
        self.floats(name("log_tables"), &tables.log_tables);
        self.ints(name("items"), &programs.items);
        self.ints(name("last"), &programs.last);
        self.ints(name("questions"), &programs.questions);
        self.bools(name("elsewhere"), &programs.elsewhere);
        self.floats(name("bias"), &programs.bias);
        self.floats(name("targets"), &programs.targets);
        for (place, (of_item, of_question)) in programs.item_columns.iter().zip(&programs.question_columns).enumerate()
        {
            self.ints(format!("{prefix}.item_columns.{place}"), of_item);
            self.ints(format!("{prefix}.question_columns.{place}"), of_question);
        }
    }

    fn write(&self, path: &str, about: String) {
        let view = |name: &str, dtype: Dtype, shape: &[usize], bytes| {
            TensorView::new(dtype, shape.to_vec(), bytes).unwrap_or_else(|error| panic!("{name}: {error}"))
        };
        let views = self.0.iter().map(|(name, dtype, shape, bytes)| (name.clone(), view(name, *dtype, shape, bytes)));
        let bytes = serialize(views, Some(HashMap::from([("spfn".to_string(), about)]))).expect("tensors are whole");
        std::fs::write(path, bytes).unwrap_or_else(|error| panic!("{path}: {error}"));
    }
}

fn main() {
    let (options, arguments): (Vec<String>, Vec<String>) = std::env::args().skip(1).partition(|a| a.starts_with("--"));
    let [path, rest @ ..] = arguments.as_slice() else { panic!("batches FILE [STEPS] [--posterior]") };
    let steps: usize = rest.first().map_or(4, |steps| steps.parse().expect("a number of steps"));
    let mut config = Config::exact();
    config.training.posterior = if options.iter().any(|option| option == "--posterior") { 1.0 } else { 0.0 };
    let training = &config.training;
    let grammar = Arc::new(Grammar::shipped("exact").unwrap_or_else(|error| panic!("{error}")));
    let vocabulary = Vocabulary::new(&grammar);
    let device = Default::default();
    B::seed(&device, training.seed);
    let network = Network::<Flex>::new(&config.network, &vocabulary, &device);
    let layout = Layout::of::<Flex, _>(&network);
    let weights = Flat(layout.gather::<Flex, _>(&network).0.map(|group| {
        let noise = Tensor::random(group.shape(), Distribution::Normal(0.0, 0.1), &device);
        group + noise
    }));
    let mut file = File::default();
    file.flat("weights", &layout, &weights);
    let leaves = Flat(weights.0.each_ref().map(|group| Tensor::<B, 1>::from_inner(group.clone())));
    let network = layout.scatter(Network::<B>::new(&config.network, &vocabulary, &device), &leaves);
    let options = StepOptions { weight_decay: training.weight_decay, clip: training.clip, average: training.average };
    let mut optimiser = Optimiser::<Flex>::new(options, State::new(&layout, weights, &device));
    let mut source = Source::training(&config, &grammar, 0, 0).unwrap_or_else(|error| panic!("{error}"));
    for step in 0..steps {
        let examples = source.step().unwrap_or_else(|error| panic!("{error}"));
        for (part, own) in by_cost(&examples).chunks(training.micro_batch).enumerate() {
            let batch = Batch::<B>::new(own, vocabulary.places(), &device);
            file.batch(&format!("{step}.{part}"), &batch);
            let share = 1.0 / own.len() as f64;
            let loss = network.loss(&batch);
            let value: f64 = loss.clone().into_scalar().elem();
            let gradient = layout.gradients::<B, _>(&network, loss.backward()).times(share);
            let number = |value: f64| Tensor::<B, 1>::from_floats([value as f32], &device);
            file.floats(format!("{step}.{part}.loss"), &number(value * share));
            file.floats(format!("{step}.{part}.norm"), &number(gradient.norm()));
            if step == 0 && part < 2 {
                file.flat(&format!("gradient.{part}"), &layout, &gradient);
                optimiser.step(training.learning_rate, gradient);
            }
        }
    }
    file.flat("stepped", &layout, &optimiser.state.weights);
    file.flat("average", &layout, &optimiser.state.average);
    let about = serde_json::json!({
        "weights": layout.len(),
        "items": vocabulary.items(),
        "questions": vocabulary.questions(),
        "places": vocabulary.places(),
        "network": config.network,
        "training": config.training,
    });
    file.write(path, about.to_string());
    println!("{} weights, {} items, {} questions", layout.len(), vocabulary.items(), vocabulary.questions());
}
