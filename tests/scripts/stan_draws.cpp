// Draws of one Stan model with its generated quantities, as CSV: DATA.json SEED N THIN. A model without parameters draws N times; one with parameters
// is sampled by NUTS, of which every THIN-th draw is kept. Linked with the code that stanc writes for the model.
#include <stan/callbacks/interrupt.hpp>
#include <stan/callbacks/logger.hpp>
#include <stan/callbacks/stream_writer.hpp>
#include <stan/callbacks/structured_writer.hpp>
#include <stan/callbacks/writer.hpp>
#include <stan/io/empty_var_context.hpp>
#include <stan/io/json/json_data.hpp>
#include <stan/model/model_base.hpp>
#include <stan/services/sample/hmc_nuts_diag_e_adapt.hpp>
#include <stan/services/util/create_rng.hpp>
#include <stan/services/util/create_unit_e_diag_inv_metric.hpp>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

stan::model::model_base& new_model(stan::io::var_context& data, unsigned int seed, std::ostream* messages);

namespace {

int sample(stan::model::model_base& model, unsigned int seed, int draws, int thin) {
  stan::io::empty_var_context start;
  auto metric = stan::services::util::create_unit_e_diag_inv_metric(model.num_params_r());
  stan::callbacks::interrupt interrupt;
  stan::callbacks::logger logger;
  stan::callbacks::writer none;
  stan::callbacks::structured_writer no_metric;
  std::cout.precision(17);
  stan::callbacks::stream_writer out(std::cout, "# ");
  return stan::services::sample::hmc_nuts_diag_e_adapt(
      model, start, metric, seed, 1, 2.0, 1000, draws * thin, thin, false, 0, 1.0, 0.0, 10, 0.9, 0.05, 0.75, 10.0, 75,
      50, 25, interrupt, logger, none, out, none, no_metric);
}

void draw(stan::model::model_base& model, unsigned int seed, long draws) {
  auto rng = stan::services::util::create_rng(seed, 1);
  std::vector<std::string> names;
  model.constrained_param_names(names, true, true);
  for (std::size_t i = 0; i < names.size(); ++i) std::printf("%s%s", i ? "," : "", names[i].c_str());
  std::printf("\n");
  Eigen::VectorXd theta(0), values;
  for (; draws > 0; --draws) {
    model.write_array(rng, theta, values, true, true, &std::cerr);
    for (Eigen::Index i = 0; i < values.size(); ++i) std::printf("%s%.17g", i ? "," : "", values[i]);
    std::printf("\n");
  }
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 5) {
    std::cerr << "usage: DATA.json SEED N THIN\n";
    return 2;
  }
  std::ifstream file(arguments[1]);
  stan::json::json_data data(file);
  stan::model::model_base& model = new_model(data, 0, &std::cerr);
  unsigned int seed = std::stoul(arguments[2]);
  int draws = std::stoi(arguments[3]);
  if (model.num_params_r() > 0) return sample(model, seed, draws, std::stoi(arguments[4]));
  draw(model, seed, draws);
}
