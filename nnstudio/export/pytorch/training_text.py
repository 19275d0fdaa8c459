"""The text of train.py; ``$names`` are filled in by `torch_training`."""

from __future__ import annotations

TRAIN = '''"""Train the network with PyTorch: alone, or in several processes.

    python train.py data.csv
    torchrun --nproc-per-node 2 train.py data.csv

$about
"""

import argparse
import csv
import math
import os
import time
from pathlib import Path

import numpy as np
import torch
import torch.distributed as dist
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import nn
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import DataLoader, DistributedSampler, TensorDataset

import model as network

EPOCHS = $epochs
BATCH_SIZE = $batch_size  # of all processes together
LEARNING_RATE = $rate
SEED = $seed
$constants

def loss_of(output, y):
    """The loss that is minimised; y holds the targets, (n, t)."""
$loss


def make_optimizer(parameters, rate):
    return $optimizer

$functions
$read


def main():
$options

    # torchrun tells each process its number.
    rank, processes = int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1))
    cuda = torch.cuda.is_available()
    device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", 0))) if cuda else torch.device("cpu")
    if cuda:
        torch.cuda.set_device(device)
    if processes > 1:
        dist.init_process_group("nccl" if cuda else "gloo")
    torch.manual_seed(SEED)

    model = (network.load() if options.go_on else network.Model()).to(device)
$prepare_model    trained = [p for p in model.parameters() if p.requires_grad]
    torch.manual_seed(SEED + rank)  # other dropout in each process
    parallel = DistributedDataParallel(model, [device] if cuda else None) if processes > 1 else model

    data = TensorDataset(*read_data(options.data))
    judged = [part.to(device) for part in read_data(options.validation)] if options.validation else None
    sampler = DistributedSampler(data, processes, rank, shuffle=True, seed=SEED)
    batch = max(options.batch_size // processes, 1)
    # BatchNorm cannot learn from a single sample.
    lonely = len(sampler) > batch and len(sampler) % batch == 1
    loader = DataLoader(data, batch, sampler=sampler, drop_last=lonely)

    optimizer = make_optimizer(trained, options.learning_rate)
$schedule_start$best    for epoch in range(options.epochs):
        started, total, count = time.perf_counter(), torch.zeros(2, device=device), 0
        sampler.set_epoch(epoch)
        parallel.train()
$after_train        for x, y in loader:
            x, y = x.to(device), y.to(device)
            loss = loss_of(parallel(x), y)
            optimizer.zero_grad()
            $backward
$step            total += torch.tensor([loss.item() * len(x), len(x)], device=device)
            count += 1
            if rank == 0 and count % 100 == 0:
                done = f"epoch {epoch + 1}, batch {count} of {len(loader)}"
                print(f"{done}: loss {loss.item():.4f}", flush=True)
        if processes > 1:
            dist.all_reduce(total)
        mean = (total[0] / total[1]).item()
        watched, judgement = mean, ""
        if judged:
            model.eval()
            with torch.no_grad():
                watched = loss_of(model(judged[0]), judged[1]).item()
            judgement = f", validation {watched:.4f}"
        if processes > 1:
            shared = torch.tensor(watched, device=device)
            dist.broadcast(shared, 0)  # all processes go by one number
            watched = shared.item()
        if rank == 0:
            seconds = time.perf_counter() - started
            done = f"epoch {epoch + 1} of {options.epochs}"
            print(f"{done}: loss {mean:.4f}{judgement} ({seconds:.1f} s)", flush=True)
$after_epoch    if rank == 0:
        tensors = {name: v.detach().cpu().contiguous() for name, v in model.state_dict().items()}
        save_file(tensors, options.out)
        print(f"The weights are in {options.out}; model.load('{options.out}') takes them.", flush=True)
    if processes > 1:
        dist.destroy_process_group()


if __name__ == "__main__":
    main()
'''
LION = '''
class Lion(torch.optim.Optimizer):
    """Steps of one size in the direction of the momentum's sign (Chen et al. 2023)."""

    def __init__(self, parameters, lr, betas, weight_decay):
        super().__init__(parameters, {"lr": lr, "betas": betas, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            first, second = group["betas"]
            for p in group["params"]:
                if p.grad is None:
                    continue
                momentum = self.state[p].setdefault("momentum", torch.zeros_like(p))
                direction = torch.lerp(p.grad, momentum, first).sign()
                p.sub_(group["lr"] * (direction + group["weight_decay"] * p))
                momentum.lerp_(p.grad, 1 - second)

'''
WEIGHTED = '''
def weighted(losses, classes):
    """The mean of a batch in which each class counts as much as CLASS_WEIGHTS says."""
    weights = CLASS_WEIGHTS.to(losses.device)[classes.long()]
    return (losses * weights).sum() / weights.sum()

'''
SUMMED = '''
def summed(losses, classes):
    """The sum of a batch in which each class counts as much as CLASS_WEIGHTS says."""
    return (losses * CLASS_WEIGHTS.to(losses.device)[classes.long()]).sum()

'''
LABELLED = '''
def labelled(output, y):
    """Outputs and labels, one row for each label that counts; -1 is none."""
    rows, labels = output$turned.reshape(-1, $classes), y.reshape(-1).long()
    counts = (labels >= 0)$left_out
    return rows[counts], labels[counts]

'''
PENALTY = '''
def penalty(parameters):
    """What pulls weights towards zero."""
    return sum($terms for p in parameters)

'''
MAX_NORM = '''
# The axis of the units in a module's weights, where it is not the first.
DIMS = {nn.ConvTranspose1d: 1, nn.ConvTranspose2d: 1, nn.LayerNorm: -1}


@torch.no_grad()
def limit_norms(model):
    """Shorten the weights into each unit to a norm of at most MAX_NORM."""
    for module in model.modules():
        dim = DIMS.get(type(module), 0)
        for p in module.parameters(recurse=False):
            if p.requires_grad and p.dim() > 1:
                p.copy_(p.renorm(2, dim, MAX_NORM))

'''
ONE_BIAS = '''
def keep_one_bias(model):
    """Recurrent layers learn one bias, and a GRU a second one for its gate n alone; the others stay 0."""
    for module in model.modules():
        if isinstance(module, nn.RNNBase):
            learned = module.hidden_size if type(module) is nn.GRU else 0
            for name, p in module.named_parameters():
                if name.startswith("bias_hh"):
                    mask = (torch.arange(len(p), device=p.device) >= len(p) - learned).to(p.dtype)
                    p.data.mul_(mask)
                    p.register_hook(lambda gradient, mask=mask: gradient * mask)

'''
FACTOR = '''
def factor(step, per_epoch, total):
    """What the learning rate is multiplied by at a step."""
    return $factor

'''
PATIENCE = """        if watched < best:
            best, idle = watched, 0
            best_state = {name: v.detach().clone() for name, v in model.state_dict().items()}
        else:
            idle += 1
        if idle >= PATIENCE:
            break
    if best_state:
        model.load_state_dict(best_state)
"""
BEST = """    best, best_state, idle = math.inf, None, 0
"""
