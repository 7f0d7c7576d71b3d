"""The model that `from_torch` returns: names, inputs, training, explanations, errors."""

from __future__ import annotations

import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import chainrule as cr
from chainrule.errors import ChainruleError

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402
from torch.nn import functional as F  # noqa: E402, N812

from interop.inputs import Of  # noqa: E402
from interop.networks import SmallNet, Tied  # noqa: E402

RNG = np.random.default_rng(11)


def names(tensor):
    return [node.name for node in tensor.graph().nodes if node.name and node.primitive]


# names


def test_results_are_named_after_their_submodules():
    model = cr.from_torch(SmallNet(), torch.zeros(1, 1, 8, 8))
    assert names(model(RNG.normal(size=(1, 1, 8, 8)))) == [
        "features.0",
        "features.1",
        "features.2",
        "features.3.conv",
        "features.3.bn",
        "features.3.add",
        "features.3.relu",
        "pool",
        "fc",
    ]


def test_numbered_submodules_are_named_with_their_kind():
    module = nn.Sequential(nn.Linear(3, 4), nn.Sequential(nn.ReLU(), nn.Flatten()), nn.Linear(4, 2))
    assert names(cr.from_torch(module, torch.zeros(1, 3))(np.ones((1, 3)))) == [
        "linear_0",
        "relu_1.0",
        "linear_2",
    ]


def test_functions_are_named_after_their_operation():
    module = Of(lambda s, x: s.fc(F.relu(s.fc(x)) * 2).softmax(-1), fc=nn.Linear(3, 3))
    assert names(cr.from_torch(module, torch.zeros(1, 3))(np.ones((1, 3)))) == [
        "fc",
        "relu",
        "mul",
        "fc@2",
        "softmax",
    ]


def test_inputs_keep_the_names_they_have():
    model = cr.from_torch(nn.Identity(), torch.zeros(3))
    x = cr.variable(np.ones(3), "x")
    assert model(x).name == "x"


def test_an_input_that_is_returned_gets_no_name():
    model = cr.from_torch(nn.Dropout(), torch.zeros(3))
    x = cr.variable(np.ones(3), "x") * 2
    assert model(x).node is x.node
    assert x.name is None


# inputs and outputs


def test_other_shapes_are_recorded_again():
    module = SmallNet().double().eval()
    model = cr.from_torch(module, torch.zeros(1, 1, 8, 8))
    for shape in [(1, 1, 8, 8), (5, 1, 8, 8), (2, 1, 11, 9)]:
        x = RNG.normal(size=shape)
        expected = module(torch.tensor(x)).detach().numpy()
        np.testing.assert_allclose(model(x).value, expected, rtol=1e-9, atol=1e-12)


def test_inputs_may_be_arrays_lists_and_tensors_of_either_kind():
    model = cr.from_torch(nn.Linear(2, 1), [[0, 0.5]])
    rows = [[1, 2]]
    expected = model(rows).value
    for x in (np.array(rows), torch.tensor(rows), cr.variable(rows), np.array(rows, np.float32)):
        np.testing.assert_array_equal(model(x).value, expected)


def test_integers_stay_integers():
    model = cr.from_torch(Tied(), torch.zeros(1, 2, dtype=torch.int64))
    assert list(model.parameters()) == ["embed.weight"]  # tied: listed once
    assert model([[1, 3]]).shape == (1, 2, 6)


def test_single_precision_on_request():
    model = cr.from_torch(nn.Linear(2, 1), torch.zeros(1, 2), dtype=np.float32)
    assert model([[1, 2]]).dtype == np.float32


def test_the_module_is_not_changed():
    module = SmallNet().train()
    before = {name: value.clone() for name, value in module.state_dict().items()}
    model = cr.from_torch(module, torch.zeros(1, 1, 8, 8))
    model.load({"fc.bias": np.ones(4)}, partial=True)
    assert module.training
    assert module.fc.bias.dtype == torch.float32
    assert all(torch.equal(value, before[name]) for name, value in module.state_dict().items())


def test_detached_results_get_no_gradient():
    module = Of(lambda s, x: s.fc(x).detach() * x, fc=nn.Linear(3, 3))
    y = cr.from_torch(module, torch.zeros(3))(cr.variable(np.ones(3), "x"))
    gradients = y.sum().gradients()
    assert np.all(gradients["fc.weight"].value == 0)
    assert np.any(gradients["x"].value != 0)


def test_submodules_are_listed_in_a_summary():
    model = cr.from_torch(SmallNet(), torch.zeros(1, 1, 8, 8))
    rows = [(row.name, row.layer, row.parameters) for row in cr.nn.summary(model, (1, 1, 8, 8))]
    assert rows == [
        ("features.0", "Conv2d", 30),
        ("features.1", "ReLU", 0),
        ("features.2", "MaxPool2d", 0),
        ("features.3.conv", "Conv2d", 81),
        ("features.3.bn", "BatchNorm2d", 6),
        ("features.3.relu", "ReLU", 0),
        ("pool", "AdaptiveAvgPool2d", 0),
        ("fc", "Linear", 16),
    ]
    assert sum(row[2] for row in rows) == sum(p.size for p in model.parameters().values())
    assert repr(model.children["fc"]) == "Linear()"


def test_a_model_may_be_a_layer_of_another():
    torch.manual_seed(1)
    inner = cr.from_torch(nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3)), torch.zeros(1, 2))
    model = cr.nn.Sequential(inner, cr.nn.ReLU(), cr.nn.Linear(3, 1))
    assert "layers.0.1.running_mean" in model.buffers()
    x = RNG.normal(size=(5, 2))
    module = model.to_torch()
    np.testing.assert_allclose(module(torch.tensor(x)).detach(), model(x).value, rtol=1e-12)
    scope = model.scope(training=True)
    model.apply(scope, cr.ops.tensor.constant(x))
    assert set(scope.updates) == {"layers.0.1.running_mean", "layers.0.1.running_var"}


# training


def test_frozen_parameters_are_buffers():
    module = nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 1))
    module[0].requires_grad_(False)
    model = cr.from_torch(module, torch.zeros(1, 2))
    assert list(model.parameters()) == ["1.weight", "1.bias"]
    assert list(model.buffers()) == ["0.weight", "0.bias"]


def test_dropout_drops_in_training_alone_and_the_same_for_a_step():
    model = cr.from_torch(nn.Sequential(nn.Dropout(0.4), nn.Dropout2d(0.5)), torch.zeros(2, 3, 8))
    x = np.ones((2, 3, 8))
    np.testing.assert_array_equal(model(x).value, x)
    one, again, other = (model(x, training=True, step=s).value for s in (1, 1, 2))
    np.testing.assert_array_equal(one, again)
    assert np.any(one != other)
    np.testing.assert_allclose(np.unique(one), [0.0, 1 / 0.6 / 0.5])


def test_submodules_in_evaluation_mode_stay_so():
    module = nn.Sequential(nn.BatchNorm1d(2), nn.BatchNorm1d(2)).train()
    module[0].eval()
    model = cr.from_torch(module, torch.zeros(4, 2))
    scope = model.scope(training=True)
    model.apply(scope, cr.ops.tensor.constant(RNG.normal(size=(4, 2))))
    assert set(scope.updates) == {"1.running_mean", "1.running_var"}


@pytest.mark.parametrize("engine", ["compiled", "reference"])
def test_training_agrees_with_pytorch(engine):
    torch.manual_seed(3)
    module = nn.Sequential(
        nn.Conv1d(1, 3, 3, padding=1), nn.BatchNorm1d(3), nn.ReLU(), nn.MaxPool1d(2),
        nn.Flatten(), nn.Linear(12, 2),
    ).double()  # fmt: skip
    x, y = RNG.normal(size=(20, 1, 8)), RNG.integers(0, 2, 20)
    model = cr.from_torch(module, x)
    optimizer = torch.optim.SGD(module.parameters(), lr=0.1)
    for _ in range(5):
        optimizer.zero_grad()
        F.cross_entropy(module(torch.tensor(x)), torch.tensor(y)).backward()
        optimizer.step()
    cr.fit(
        model, (x, y), loss="cross_entropy", optimizer="sgd", learning_rate=0.1, epochs=5,
        batch_size="full", engine=engine,
    )  # fmt: skip
    state = module.state_dict()
    for name, tensor in {**model.parameters(), **model.buffers()}.items():
        np.testing.assert_allclose(tensor.value, state[name].numpy(), rtol=1e-7, atol=1e-9)


def test_a_trained_model_is_converted_back():
    module = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))
    model = cr.from_torch(module, torch.zeros(1, 2))
    model.load({"0.weight": np.full((3, 2), 0.5)}, partial=True)
    back, x = model.to_torch(), RNG.normal(size=(4, 2))
    assert type(back) is nn.Sequential
    np.testing.assert_allclose(back(torch.tensor(x)).detach().numpy(), model(x).value, rtol=1e-12)


# explaining


def test_one_weight_of_a_convolution_is_explained():
    torch.manual_seed(0)
    model = cr.from_torch(SmallNet(), torch.zeros(1, 1, 8, 8))
    loss = cr.cross_entropy(model(RNG.normal(size=(1, 1, 8, 8))), [1]).named("loss")
    weight = "features.0.weight[1, 0, 0, 2]"
    explanation = cr.explain(loss, wrt=weight)
    gradient = loss.gradients()["features.0.weight"].value[1, 0, 0, 2]
    chain = explanation.derivation.chains[0]
    assert chain.wrt == weight
    np.testing.assert_allclose(chain.gradient, gradient, rtol=1e-12)
    assert "max(features.1[" in str(explanation)


# errors


class _Spectral(nn.Module):
    def forward(self, x):
        return torch.fft.fft(x).real


def test_an_operation_without_counterpart_is_named_with_its_location():
    module = nn.Sequential(nn.Linear(3, 3), _Spectral())
    with pytest.raises(ChainruleError) as caught:
        cr.from_torch(module, torch.zeros(1, 3))
    line = str(caught.value)
    assert "1 (_Spectral), test_torch_model.py:" in line
    assert "return torch.fft.fft(x).real" in line
    assert "aten.fft_fft" in line
    assert "\n" not in line


def test_a_submodule_that_is_used_twice():
    layer = nn.Linear(3, 3)
    module, x = nn.Sequential(layer, nn.Tanh(), layer).double(), torch.randn(2, 3).double()
    model = cr.from_torch(module, x)
    np.testing.assert_allclose(model(x).value, module(x).detach().numpy())
    loss = np.sum(model(x))
    module(x).sum().backward()
    np.testing.assert_allclose(loss.gradients()["0.weight"].value, layer.weight.grad.numpy())


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision(dtype):
    module, x = nn.Linear(3, 2).to(dtype), torch.randn(2, 3, dtype=dtype)
    wanted = module.double()(x.double()).detach().numpy()
    model = cr.from_torch(module.to(dtype), x)
    np.testing.assert_allclose(model(x).value, wanted)
    np.testing.assert_allclose(model.predict(x.requires_grad_()), wanted)


@pytest.mark.filterwarnings("ignore:.*treespec.*")  # of PyTorch's own, when it is pickled
def test_pickling():
    model = cr.from_torch(nn.Linear(3, 2), torch.zeros(1, 3))
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(again([[1.0, 2.0, 3.0]]), model([[1.0, 2.0, 3.0]]))


def test_threads_may_ask_for_new_shapes_at_once():
    model = cr.from_torch(nn.Linear(3, 2), torch.zeros(1, 3))
    with ThreadPoolExecutor(4) as pool:
        shapes = pool.map(lambda rows: model(np.ones((rows, 3))).shape, range(2, 6))
        assert list(shapes) == [(rows, 2) for rows in range(2, 6)]


def _depends_on_numbers(self, x):
    return x if x.sum() > 0 else -x


class Selecting(nn.Module):
    """Entries 0 … 3 at given indices."""

    def __init__(self, kind):
        super().__init__()
        self.kind = kind

    def forward(self, indices):
        numbers = torch.arange(4.0)
        if self.kind:
            return torch.index_select(numbers, 0, indices)
        return torch.gather(numbers, 0, indices)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: cr.from_torch(3), r"expected a torch\.nn\.Module"),
        (lambda: cr.from_torch(nn.Linear(3, 2), torch.zeros(1, 4)), r"f64\[1,4\]"),
        (lambda: cr.from_torch(nn.Linear(3, 2)), "no inputs"),
        (lambda: cr.from_torch(nn.Linear(3, 2), torch.zeros(1, 3), dtype=int), "float64 or"),
        (lambda: cr.from_torch(nn.Linear(3, 2), torch.zeros(1, 3), dtype="x"), "float64 or"),
        (lambda: cr.from_torch(nn.LazyLinear(2), torch.zeros(1, 3)), "call the module once"),
        (lambda: cr.from_torch(nn.Linear(3, 2, device="meta"), torch.zeros(1, 3)), "meta device"),
        (lambda: cr.from_torch(Of(lambda self, x: x[x > 0]), torch.zeros(3)), "counterpart"),
        (lambda: cr.from_torch(nn.ReLU(), torch.zeros(3))(torch.ones(3).to_sparse()), "dense"),
        (lambda: cr.from_torch(Of(_depends_on_numbers), torch.zeros(3)), "at test_torch_model.py"),
        (lambda: cr.from_torch(nn.Linear(3, 2), torch.zeros(3))(1.0, 2.0), "1 inputs"),
        (lambda: cr.from_torch(nn.Embedding(3, 2), torch.tensor([0]))([7]), "index from 0 to 2"),
        (lambda: cr.from_torch(nn.Embedding(3, 2), torch.tensor([0]))([-1]), "index .* got -1"),
        (lambda: cr.from_torch(nn.Embedding(3, 2), torch.tensor([0])).predict([[-1]]), "got -1"),
        (lambda: cr.from_torch(Selecting(0), torch.tensor([0, 1]))([0, -2]), "gather: .* got -2"),
        (lambda: cr.from_torch(Selecting(1), torch.tensor([0, 1]))([0, -2]), "select: .* got -2"),
        (
            lambda: cr.from_torch(nn.Embedding(3, 2, scale_grad_by_freq=True), torch.tensor([0])),
            "scale_grad_by_freq",
        ),
    ],
)
def test_errors_are_one_line(make, message):
    with pytest.raises(ChainruleError, match=message) as caught:
        make()([0])
    assert "\n" not in str(caught.value)


# trees of inputs and outputs


class Matcher(nn.Module):
    """Two inputs, one of them of tokens; outputs in a tuple and a dictionary."""

    def __init__(self):
        super().__init__()
        self.table, self.linear = nn.Embedding(5, 3), nn.Linear(4, 3)

    def forward(self, tokens, features):
        one, other = self.table(tokens), torch.tanh(self.linear(features))
        return one * other, {"one": one, "other": other}


def test_predict_takes_and_returns_trees():
    """It took a single float input before, and returned the first output alone."""
    torch.manual_seed(0)
    module = Matcher().double()
    tokens, features = np.array([0, 4, 2]), RNG.normal(size=(3, 4))
    model = cr.from_torch(module, torch.from_numpy(tokens), torch.from_numpy(features))
    with torch.no_grad():
        product, parts = module(torch.from_numpy(tokens), torch.from_numpy(features))
    by_name = {"features": features, "tokens": tokens}
    inputs = ((tokens, features), by_name, (torch.from_numpy(tokens), torch.from_numpy(features)))
    for x in inputs:
        found, named = model.predict(x)
        np.testing.assert_allclose(found, product.numpy(), rtol=1e-12)
        assert list(named) == ["one", "other"]
        np.testing.assert_allclose(named["one"], parts["one"].numpy(), rtol=1e-12)
        np.testing.assert_allclose(named["other"], parts["other"].numpy(), rtol=1e-12)
        np.testing.assert_allclose(model(x)[0].value, product.numpy(), rtol=1e-12)
    np.testing.assert_allclose(model(tokens, features)[0].value, product.numpy(), rtol=1e-12)


def test_predict_of_tokens():
    module = nn.Embedding(5, 3).double()
    tokens = np.array([[0, 4], [1, 1]])
    model = cr.from_torch(module, torch.from_numpy(tokens))
    expected = module.weight.detach().numpy()[tokens]
    np.testing.assert_array_equal(model.predict(tokens), expected)
    np.testing.assert_array_equal(model(tokens).value, expected)
    with pytest.raises(ChainruleError, match="expected integers, got float64"):
        model.predict(tokens + 0.5)


def test_inputs_by_a_wrong_name():
    model = cr.from_torch(Matcher(), torch.zeros(3, dtype=int), torch.zeros(3, 4))
    with pytest.raises(ChainruleError, match="inputs called tokens, features, got tokens, x"):
        model({"tokens": np.zeros(3, int), "x": np.zeros((3, 4))})
