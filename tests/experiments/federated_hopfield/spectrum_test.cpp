// The exact operator of one round: definition, closed forms, cuts. SPDX-License-Identifier: MIT
#include "experiments/federated_hopfield/spectrum.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <string>

#include "experiments/federated_hopfield/model.hpp"
#include "experiments/federated_hopfield/spectrum_model.hpp"
#include "experiments/federated_hopfield/spectrum_points.hpp"
#include "rankwise/core/error.hpp"
#include "rankwise/federated/server.hpp"
#include "rankwise/linalg/low_rank.hpp"
#include "rankwise/stats/moments.hpp"

using namespace rankwise;
using namespace rankwise::experiments;
using hopfield::SpectrumMode;

namespace {

random::Stream stream(std::uint64_t replica) { return {{31, 5}, random::Purpose::flips, replica}; }

/// The message of the UsageError that completing the point throws.
std::string refusal(SpectrumMode mode, const std::vector<std::pair<std::string, std::string>>& changes) {
  try {
    test::spectrum_point(mode, changes);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

hopfield::SpectrumSettings heterogeneous(const char* n, const char* sizes, const char* qualities, const char* exposures,
                                         const char* weights) {
  const auto point = test::spectrum_point(SpectrumMode::heterogeneous, {{"neurons", n},
                                                            {"client_batch_sizes", sizes},
                                                            {"client_qualities", qualities},
                                                            {"client_exposures", exposures},
                                                            {"client_weights", weights}});
  return hopfield::spectrum_settings(point, SpectrumMode::heterogeneous);
}

doctest::Approx about(double value, double epsilon = 1e-12) { return doctest::Approx(value).epsilon(epsilon).scale(0); }

}  // namespace

TEST_CASE("the operator is the weighted sum over all examples") {
  const auto xi = hopfield::random_archetypes(stream(1), 2, 6);
  const std::vector<std::vector<std::int64_t>> counts{{2, 1}, {0, 5}};
  const double weights[] = {.75, .25};
  hopfield::OperatorSum sum(6);
  linalg::Matrix direct = linalg::Matrix::Zero(6, 6);
  for (std::size_t c = 0; c < 2; ++c) {
    const auto batch = hopfield::noisy_batch(xi, counts[c], .3, stream(2 + c));
    const auto examples = static_cast<double>(batch.columns());
    sum.add(batch.gram(), weights[c] / examples);
    for (std::size_t i = 0; i < 6; ++i) {
      for (std::size_t j = 0; j < 6; ++j) {
        double term = 0;
        for (std::size_t a = 0; a < batch.columns(); ++a) term += batch(i, a) * batch(j, a);
        direct(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j)) += weights[c] / examples * term;
      }
    }
  }
  const linalg::Matrix b = sum.finish();
  CHECK((b - direct).cwiseAbs().maxCoeff() < 1e-15);
  for (Eigen::Index i = 0; i < 6; ++i) CHECK(b(i, i) == about(1, 1e-15));  // +-1 squared, weights of sum 1
}

TEST_CASE("alike clients are one client with all their examples, bit for bit") {
  const auto xi = hopfield::random_archetypes(stream(1), 1, 50);
  hopfield::OperatorSum apart(50);
  linalg::IntMatrix whole = linalg::IntMatrix::Zero(50, 50);
  for (std::uint64_t c = 0; c < 7; ++c) {
    const auto gram = hopfield::noisy_batch(xi, {11}, .2, stream(10 + c)).gram();
    apart.add(gram, 1.0 / 77);
    whole += gram;
  }
  hopfield::OperatorSum together(50);
  together.add(whole, 1.0 / 77);
  CHECK(apart.finish() == together.finish());
}

TEST_CASE("what is measured, on an operator with known eigenpairs") {
  // rows of a Hadamard matrix: orthogonal archetypes and directions of noise
  constexpr int n = 8;
  linalg::SignMatrix xi(2, n);
  linalg::Matrix u(n, 3);
  for (int i = 0; i < n; ++i) {
    const int signs[] = {(i & 1) != 0 ? 1 : -1, (i & 2) != 0 ? 1 : -1, (i & 4) != 0 ? 1 : -1};
    for (int k = 0; k < 3; ++k) u(i, k) = signs[k] / std::sqrt(8.0);
    xi.set(0, static_cast<std::size_t>(i), signs[0] > 0);
    xi.set(1, static_cast<std::size_t>(i), signs[1] > 0);
  }
  const auto operator_with = [&](double a, double b, double c) {
    linalg::Matrix m = .1 * linalg::Matrix::Identity(n, n);
    m +=
        a * u.col(0) * u.col(0).transpose() + b * u.col(1) * u.col(1).transpose() + c * u.col(2) * u.col(2).transpose();
    return m;
  };
  SUBCASE("both archetypes lead, archetype 0 second") {
    const auto m = hopfield::measure_spectrum(operator_with(2, 5, 1), xi);
    CHECK(m.eigenvalues.size() == 5);
    CHECK(m.outlier(0) == about(5.1));
    CHECK(m.outlier(1) == about(2.1));
    CHECK(m.noise_eigenvalue == about(1.1));
    CHECK(m.overlap(0) == about(1));
    CHECK(m.overlap(1) == about(1));
    CHECK(m.spike_outlier == about(2.1));
    CHECK(m.spike_overlap == about(1));
    CHECK(m.magnetisation == 1);
  }
  SUBCASE("noise hides archetype 0") {
    const auto m = hopfield::measure_spectrum(operator_with(.5, 5, 3), xi);
    CHECK(m.outlier(1) == about(3.1));
    CHECK(m.noise_eigenvalue == about(.6));
    CHECK(m.overlap(0) < 1e-20);
    CHECK(m.overlap(1) == about(1));
    CHECK(m.spike_overlap < 1e-20);
  }
  SUBCASE("an eigenvector between archetype and noise") {
    linalg::Matrix m = .1 * linalg::Matrix::Identity(n, n) + 5 * u.col(1) * u.col(1).transpose();
    const linalg::Vector mixed = .8 * u.col(0) + .6 * u.col(2);
    m += 2 * mixed * mixed.transpose();
    const auto measured = hopfield::measure_spectrum(m, xi);
    CHECK(measured.overlap(0) == about(.64));
    CHECK(measured.spike_overlap == about(.64));
    CHECK(measured.spike_outlier == about(2.1));
    CHECK(measured.magnetisation == 1);  // .8 +- .6 has the archetype's sign everywhere
  }
}

TEST_CASE("alike clients: reference values of N = 800, M = 1600") {
  // reference/federated_hopfield.json, theory.homogeneous
  struct Row {
    const char* r;
    double kappa, edge, outlier, overlap, magnetisation;
  };
  for (const Row& row :
       {Row{"0.035", 0.98120197241621, 2.9106436507591877, 2.9871173472576533, 0.31840552440949177, 0.5056978631159926},
        Row{"0.05", 2.005012531328321, 2.906928028467162, 3.7450015625, 0.7008497998999501, 0.874137051313901},
        Row{"0.1", 8.080808080808083, 2.885071426749364, 9.54625625, 0.9345195703354916, 0.9998417772575233}}) {
    CAPTURE(row.r);
    const auto point = test::spectrum_point(SpectrumMode::bbp, {{"clients", "4"},
                                                    {"batch_size", "400"},
                                                    {"aspect_ratio", "auto"},
                                                    {"quality", row.r},
                                                    {"strength_ratio", "auto"}});
    CHECK(point.real("aspect_ratio") == .5);
    CHECK(point.real("strength_ratio") == about(row.kappa / std::sqrt(.5)));
    const auto s = hopfield::spectrum_settings(point, SpectrumMode::bbp);
    CHECK(s.are_alike);
    CHECK(s.kappa(0) == about(row.kappa));
    const auto e = hopfield::expected_spectrum(s);
    CHECK(e.edge == about(row.edge));
    CHECK(e.outlier(0) == about(row.outlier));
    CHECK(e.overlap(0) == about(row.overlap));
    CHECK(e.magnetisation(0) == about(row.magnetisation));
  }
  CHECK(hopfield::threshold_exposure(.05, 800, 1600) == about(0.3526695071167905));
}

TEST_CASE("strength and aspect ratio to quality and batch size") {
  // reference/federated_hopfield.json, simulation.bbp_sweep, kappa/sqrt q = 1.2 at q = .25
  const auto point = test::spectrum_point(SpectrumMode::bbp, {{"aspect_ratio", "0.25"}, {"strength_ratio", "1.2"}});
  CHECK(point.integer("batch_size") == 3200);
  CHECK(point.real("quality") == about(0.027375863850458322));
  CHECK(test::spectrum_point(SpectrumMode::bbp, {{"strength_ratio", "0"}}).real("quality") == 0);
  // three clients, N/(q L) = 533.3: the strength belongs to the rounded size
  const auto rounded =
      test::spectrum_point(SpectrumMode::bbp, {{"aspect_ratio", "0.5"}, {"clients", "3"}, {"strength_ratio", "2"}});
  CHECK(rounded.integer("batch_size") == 533);
  const auto s = hopfield::spectrum_settings(rounded, SpectrumMode::bbp);
  CHECK(s.kappa(0) == about(2 * std::sqrt(800.0 / 1599)));
  // two archetypes share the exposure
  const auto two = hopfield::spectrum_settings(
      test::spectrum_point(SpectrumMode::bbp, {{"archetypes", "2"}, {"strength_ratio", "2"}}), SpectrumMode::bbp);
  CHECK(two.kappa(1) == about(2 * std::sqrt(two.aspect_ratio())));
}

TEST_CASE("unequal clients: reference values under equal, optimal and inverse-variance weights") {
  // reference/federated_hopfield.json, theory.heterogeneous
  struct Row {
    const char *n, *sizes, *qualities, *exposures, *weights;
    double edge, outlier, overlap, magnetisation;
  };
  const Row rows[] = {
      {"400", "400/400/400", "0.12/0.03/0.03", "1/1/1", "equal", 2.474656825547748, 3.636478231495742,
       0.8063271534769431, 0.9586922846172576},
      {"400", "400/400/400", "0.12/0.03/0.03", "1/1/1", "optimal", 2.8938816586933473, 5.416566264538764,
       0.8337625162686895, 0.9748784882593284},
      {"400", "200/400/800", "0.3/0.2/0.1", "0.2/0.1/0.3", "equal", 2.6158445433663347, 4.9026088677182145,
       0.8385287678820613, 0.9773226635503255},
      {"400", "200/400/800", "0.3/0.2/0.1", "0.2/0.1/0.3", "optimal", 2.3172020317451776, 4.028387774634805,
       0.8496365938433509, 0.9825501446927721},
      {"500", "250/500", "0.5/0.15", "0.048/0.4", "equal", 2.958187762365731, 6.853866658585332, 0.8738624241027635,
       0.9915136436157856},
      {"500", "250/500", "0.5/0.15", "0.048/0.4", "optimal", 2.9184302292600623, 6.701518446855477, 0.8779285593778277,
       0.9926767595306843},
  };
  for (const Row& row : rows) {
    CAPTURE(row.sizes);
    CAPTURE(row.weights);
    const auto s = heterogeneous(row.n, row.sizes, row.qualities, row.exposures, row.weights);
    CHECK(s.archetypes == (std::string(row.exposures) == "1/1/1" ? 1 : 2));
    const auto e = hopfield::expected_spectrum(s);
    CHECK(e.edge == about(row.edge, 1e-10));
    CHECK(e.outlier(0) == about(row.outlier, 1e-10));
    CHECK(e.overlap(0) == about(row.overlap, 1e-10));
    CHECK(e.magnetisation(0) == about(row.magnetisation, 1e-10));
  }
  const auto weights = heterogeneous("400", "200/400/800", "0.3/0.2/0.1", "0.2/0.1/0.3", "optimal");
  CHECK(weights.clients[0].weight == about(0.21720468431463885, 1e-10));
  CHECK(weights.clients[2].weight == about(0.49290232329703904, 1e-10));
  // docs/federated_spectrum.md: nearly equal noise levels, nothing gained over .8063
  const auto inverse = heterogeneous("400", "400/400/400", "0.12/0.03/0.03", "1/1/1", "inverse_variance");
  CHECK(hopfield::expected_spectrum(inverse).overlap(0) == about(.8074, 1e-4));
  CHECK(inverse.clients[0].weight / inverse.clients[1].weight == about((1 - .03 * .03) / (1 - .12 * .12)));
}

TEST_CASE("cuts are the server's") {
  const auto s = hopfield::spectrum_settings(
      test::spectrum_point(SpectrumMode::bbp,
               {{"neurons", "100"}, {"aspect_ratio", "0.5"}, {"strength_ratio", "2.5"}, {"cushion", "0.1"}}),
      SpectrumMode::bbp);
  const double sigma2 = s.noise();
  CHECK(hopfield::mp_cut(s) == about(1.1 * sigma2 * std::pow(1 + std::sqrt(.5), 2)));
  CHECK(hopfield::tw_cut(s, 3) == about(federated::tracy_widom_cut(100, 200, sigma2, 1, 3, .9793160535), 1e-9));
  linalg::Vector values(4);
  SUBCASE("tested from the top: one that fails hides the rest") {
    values << hopfield::tw_cut(s, 0) + 1, hopfield::tw_cut(s, 1) - 1e-6, hopfield::tw_cut(s, 2) + 1e-6, 0;
    CHECK(hopfield::count_signals(s, values, 0).tw == 1);
  }
  SUBCASE("each against the cut of its own place") {
    values << hopfield::tw_cut(s, 0) + 1e-9, hopfield::tw_cut(s, 1) + 1e-9, hopfield::tw_cut(s, 2) - 1e-9, 0;
    const auto counts = hopfield::count_signals(s, values, values(1));
    CHECK(counts.tw == 2);
    CHECK(counts.shuffle == 1);
  }
  const auto xi = hopfield::random_archetypes(stream(5), 1, 40);
  const auto batch = hopfield::noisy_batch(xi, {60}, .5, stream(6));
  hopfield::OperatorSum sum(40);
  sum.add(batch.gram(), 1.0 / 60);
  // by the operator's 40 eigenpairs, and by its entries
  const auto op = linalg::hebbian_operator(batch, 40);
  CHECK(hopfield::shuffle_cut_of(sum.finish(), .05) == about(federated::shuffle_cut(op, .9793160535), 1e-8));
}

TEST_CASE("realised exposures: alike clients are one, others stay apart") {
  const auto alike = hopfield::spectrum_settings(
      test::spectrum_point(SpectrumMode::detectability, {{"neurons", "40"}, {"clients", "2"}, {"exposure", "0.25"}}),
      SpectrumMode::detectability);
  CHECK(alike.clients[0].mixture == std::vector<double>{.25, .75});
  const auto one = hopfield::realised_clients(alike, {{10, 30}, {12, 28}});
  REQUIRE(one.size() == 1);
  CHECK(one[0].weight == 1);
  CHECK(one[0].examples == 80);
  CHECK(one[0].exposure == std::vector<double>{22 / 80.0, 58 / 80.0});
  const auto s = heterogeneous("40", "20/40", "0.3/0.2", "0.5/0.25", "equal");
  const auto two = hopfield::realised_clients(s, {{5, 15}, {10, 30}});
  REQUIRE(two.size() == 2);
  CHECK(two[1].exposure == std::vector<double>{.25, .75});
  CHECK(two[0].weight == .5);
}

TEST_CASE("archetypes that overlap turn the eigenvectors of the outliers") {
  // Two archetypes at overlap o, strengths a > b, almost no noise: the 2 x 2 eigenproblem by hand.
  linalg::SignMatrix xi(2, 400);
  for (std::size_t i = 0; i < 400; ++i) {
    xi.set(0, i, true);
    xi.set(1, i, i % 4 != 0);  // o = 1/2
  }
  const double r = .9999;
  const std::vector<hopfield::RealisedClient> clients{{1, r, 4e6, {.3, .7}}};
  const auto theory = hopfield::round_theory(xi, clients, linalg::SignMatrix(0, 400));
  // In the orthonormal basis (u1, rest) u0 = (1/2, sqrt(3)/2): the strength .7 u1 u1^T + .3 u0 u0^T.
  const double m00 = .7 + .3 * .25;
  const double m01 = .3 * .5 * std::sqrt(.75);
  const double m11 = .3 * .75;
  const double angle = .5 * std::atan2(2 * m01, m00 - m11);
  const double first0 = std::pow(.5 * std::cos(angle) + std::sqrt(.75) * std::sin(angle), 2);
  CHECK(theory.shares(0, 0) == about(first0, 1e-4));
  CHECK(theory.shares(1, 0) == about(1 - first0, 1e-4));
  CHECK(theory.shares(0, 1) == about(std::pow(std::cos(angle), 2), 1e-4));
  CHECK(theory.shares(1, 1) == about(std::pow(std::sin(angle), 2), 1e-4));
}

TEST_CASE("the share of one archetype alone is its overlap") {
  const auto xi = hopfield::random_archetypes(stream(7), 1, 800);
  const auto theory = hopfield::round_theory(xi, {{1, .05, 1600, {1}}}, linalg::SignMatrix(0, 800));
  CHECK(theory.shares(0, 0) == about(0.7008497998999501));
}

TEST_CASE("combinations that make no sense are refused, with name, value and what is allowed") {
  const auto says = [](const std::string& message, std::initializer_list<const char*> words) {
    CAPTURE(message);
    for (const char* word : words) CHECK(message.find(word) != std::string::npos);
  };
  using enum SpectrumMode;
  says(refusal(bbp, {{"batch_size", "100"}}), {"--batch-size '100'", "--aspect-ratio '0.25'", "auto"});
  says(refusal(bbp, {{"aspect_ratio", "auto"}}), {"--batch-size 'auto'", "--aspect-ratio"});
  says(refusal(bbp, {{"quality", "0.1"}}), {"--quality '0.1'", "--strength-ratio '0'"});
  says(refusal(bbp, {{"aspect_ratio", "1e6"}}), {"--aspect-ratio", "0 examples", "1 to 10000000"});
  says(refusal(bbp, {{"archetypes", "801"}}), {"--archetypes '801'", "[1, 800]"});
  says(refusal(heterogeneous, {{"client_qualities", "0.3/0.2"}}),
       {"--client-qualities '0.3/0.2'", "2 values", "one per client (3)"});
  says(refusal(heterogeneous, {{"archetypes", "1"}, {"client_exposures", "0.2/0.1/0.3"}}),
       {"--client-exposures '0.2/0.1/0.3'", "more --archetypes"});
  says(refusal(heterogeneous,
               {{"client_batch_sizes", "auto"}, {"client_qualities", "auto"}, {"client_exposures", "auto"}}),
       {"--clients 'auto'", "an integer"});
  says(refusal(detectability, {{"exposure", "0.6"}}), {"--exposure '0.6'", "(0, 0.5]"});
  CHECK(refusal(detectability, {{"exposure", "0.5"}}).empty());
}

TEST_CASE("simulated operators follow: N = 200, M = 400, kappa = 3 sqrt q, 60 seeds") {
  // |z| < 4.5 for three means: a false alarm in 5e4; theory itself is off by less than 1/N = .005 in the overlap
  // and .5 % in the outlier there.
  const auto s = hopfield::spectrum_settings(
      test::spectrum_point(SpectrumMode::bbp, {{"neurons", "200"}, {"aspect_ratio", "0.5"}, {"strength_ratio", "3"}}),
      SpectrumMode::bbp);
  const auto e = hopfield::expected_spectrum(s);
  std::vector<double> outlier, overlap, magnetisation;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    const auto xi = hopfield::random_archetypes(stream(1000 + seed), 1, 200);
    hopfield::OperatorSum sum(200);
    sum.add(hopfield::noisy_batch(xi, {400}, s.clients[0].quality, stream(2000 + seed)).gram(), 1.0 / 400);
    const auto m = hopfield::measure_spectrum(sum.finish(), xi);
    outlier.push_back(m.outlier(0));
    overlap.push_back(m.overlap(0));
    magnetisation.push_back(m.magnetisation);
  }
  const auto follows = [](const std::vector<double>& values, double theory, double systematic) {
    const auto mean = stats::moments(values);
    CAPTURE(theory);
    CAPTURE(mean.mean);
    CHECK(std::abs(mean.mean - theory) < 4.5 * mean.standard_error + systematic);
    CHECK(mean.standard_error < .02 * theory);
  };
  follows(outlier, e.outlier(0), .005 * e.outlier(0));
  follows(overlap, e.overlap(0), .005);
  follows(magnetisation, e.magnetisation(0), .005);
}
