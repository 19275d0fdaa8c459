"""Text of what generated PyTorch code needs and PyTorch lacks; only what a network uses is written."""

from __future__ import annotations

HELPERS = {
    "InsideMean": '''class InsideMean(nn.Module):
    """Averages windows that reach beyond the edges over the values inside alone."""

    def __init__(self, pool, padding):
        super().__init__()
        self.pool, self.padding = pool, padding

    def forward(self, x):
        inside = self.pool(nn.functional.pad(torch.ones_like(x[:1, :1]), self.padding))
        return self.pool(nn.functional.pad(x, self.padding)) / inside
''',
    "Waves": '''class Waves(nn.Module):
    """Adds sine and cosine of the position to each step (Vaswani et al. 2017)."""

    def __init__(self, steps, features):
        super().__init__()
        angle = np.arange(steps)[:, None] / 10000 ** (np.arange(0, features, 2) / features)
        table = np.empty((steps, features))
        table[:, 0::2], table[:, 1::2] = np.sin(angle), np.cos(angle)[:, : features // 2]
        self.register_buffer("table", torch.tensor(table, dtype=torch.float32), persistent=False)

    def forward(self, x):
        return x + self.table
''',
    "Positions": '''class Positions(nn.Module):
    """Adds a trained vector to each step."""

    def __init__(self, steps, features):
        super().__init__()
        self.weight = nn.Parameter(0.02 * torch.randn(steps, features))

    def forward(self, x):
        return x + self.weight
''',
    "GaussianNoise": '''class GaussianNoise(nn.Module):
    """Adds noise while training."""

    def __init__(self, deviation):
        super().__init__()
        self.deviation = deviation

    def forward(self, x):
        return x + self.deviation * torch.randn_like(x) if self.training else x
''',
    "EarlyGRU": '''class EarlyGRU(nn.GRU):
    """A GRU whose reset gate scales the state before it is multiplied; one layer, batch_first."""

    def forward(self, x):
        sequences, states = [], []
        for end in ("", "_reverse")[: 1 + self.bidirectional]:
            turned = x.flip(1) if end else x
            names = [f"{name}_l0{end}" for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")]
            sequence = self.read(turned, *[getattr(self, name) for name in names])
            states.append(sequence[:, -1])
            sequences.append(sequence.flip(1) if end else sequence)
        return torch.cat(sequences, dim=-1), torch.stack(states)

    def read(self, x, weight, weight_h, bias, bias_h):
        by_gates, by_state = weight_h[: -self.hidden_size], weight_h[-self.hidden_size :]
        h, states = x.new_zeros(len(x), self.hidden_size), []
        for a in nn.functional.linear(x, weight, bias + bias_h).unbind(dim=1):
            gates, new = a.split([2 * self.hidden_size, self.hidden_size], dim=-1)
            r, z = torch.sigmoid(gates + h @ by_gates.T).chunk(2, dim=-1)
            h = (1 - z) * torch.tanh(new + (r * h) @ by_state.T) + z * h
            states.append(h)
        return torch.stack(states, dim=1)
''',
    "attend": '''def attend(attention, x, memory=None, mask=None, causal=False):
    """Attention to the steps of memory, or of x itself: to none where the mask (n, steps) is 0, and, if
    causal, to none after its own.

    PyTorch gives NaN for a step that may see nothing; here it attends to nothing, and only the bias is left.
    """
    memory = x if memory is None else memory
    n, steps, keys = len(x), x.shape[1], memory.shape[1]
    hidden = torch.zeros(n, steps, keys, dtype=torch.bool, device=x.device)
    if causal:
        hidden |= torch.ones(steps, keys, dtype=torch.bool, device=x.device).triu(diagonal=1)
    if mask is not None:
        hidden |= (mask == 0)[:, None, :]
    blind = hidden.all(dim=-1, keepdim=True)
    hidden = (hidden & ~blind).repeat_interleave(attention.num_heads, dim=0)
    y, _ = attention(x, memory, memory, need_weights=False, attn_mask=hidden)
    nothing = torch.zeros_like(y) if attention.out_proj.bias is None else attention.out_proj.bias.expand_as(y)
    return torch.where(blind, nothing, y)
''',
}
