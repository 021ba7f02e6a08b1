// Draws of the generated quantities of one Stan model without parameters, as CSV: DATA.json SEED N.
// Linked with the code that stanc writes for the model.
#include <stan/io/json/json_data.hpp>
#include <stan/model/model_base.hpp>
#include <stan/services/util/create_rng.hpp>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

stan::model::model_base& new_model(stan::io::var_context& data, unsigned int seed, std::ostream* messages);

int main(int count, char** arguments) {
  if (count != 4) {
    std::cerr << "usage: DATA.json SEED N\n";
    return 2;
  }
  std::ifstream file(arguments[1]);
  stan::json::json_data data(file);
  stan::model::model_base& model = new_model(data, 0, &std::cerr);
  auto rng = stan::services::util::create_rng(std::stoul(arguments[2]), 1);
  std::vector<std::string> names;
  model.constrained_param_names(names, true, true);
  for (std::size_t i = 0; i < names.size(); ++i) std::printf("%s%s", i ? "," : "", names[i].c_str());
  std::printf("\n");
  Eigen::VectorXd theta(model.num_params_r()), values;
  theta.setZero();
  for (long n = std::stol(arguments[3]); n > 0; --n) {
    model.write_array(rng, theta, values, true, true, &std::cerr);
    for (Eigen::Index i = 0; i < values.size(); ++i) std::printf("%s%.17g", i ? "," : "", values[i]);
    std::printf("\n");
  }
}
