"""A small independent solver for tests: Example 3's game, a seller of several costs and a buyer of one value who offer in turn.

Public histories only: the offers refused so far, 11^t of them at stage t. Trembles: an offer is uniform over prices with
probability tremble, a reply accepts or rejects with 1/2 each. Solved by regret matching+ on what is chosen when not
trembling, with values conditional on the history (every one is reached); ``gain`` is the largest one-shot gain anywhere, so
of any deviation where it is 0. Arrays: offers (histories, prices, types), replies the same; a buyer has one type."""

import numpy as np


class SmallGame:
    def __init__(self, costs, prior, value, prices, discount, tremble, stages):
        self.costs, self.prior, self.value, self.prices = (np.asarray(x, dtype=float) for x in (costs, prior, value, prices))
        self.discount, self.tremble, self.stages = discount, tremble, stages
        k, n = len(self.prices), len(self.costs)
        self.offer = [np.full((k**t, k, n if t % 2 == 0 else 1), 1 / k) for t in range(stages)]
        self.reply = [np.full((k**t, k, 1 if t % 2 == 0 else n), 0.5) for t in range(stages)]  # of accepting
        self.regret = [(np.zeros_like(o), np.zeros((*r.shape, 2))) for o, r in zip(self.offer, self.reply, strict=True)]

    def played(self, t):
        k, g = len(self.prices), self.tremble
        return (1 - g) * self.offer[t] + g / k, (1 - g) * self.reply[t] + g / 2

    def weights(self):
        """How likely each history is with each cost, but for what the buyer did: (histories, costs) at each stage."""
        found = [self.prior[None]]
        for t in range(self.stages):
            offer, reply = self.played(t)
            by = offer if t % 2 == 0 else 1 - reply
            found.append((found[-1][:, None, :] * by).reshape(-1, len(self.costs)))
        return found

    def sweep(self, learn):
        """Values at the start of every stage, (histories, costs) for the seller by cost and for the buyer given the cost; the
        gain."""
        k, n = len(self.prices), len(self.costs)
        weights, gain = self.weights(), 0.0
        seller = [np.zeros((k**self.stages, n))]
        buyer = [np.zeros((k**self.stages, n))]
        for t in reversed(range(self.stages)):
            offer, reply = self.played(t)
            s_wait = self.discount[0] * seller[0].reshape(-1, k, n)
            b_wait = self.discount[1] * buyer[0].reshape(-1, k, n)
            s_deal = self.prices[None, :, None] - self.costs
            b_deal = np.broadcast_to(self.value - self.prices[None, :, None], s_deal.shape)
            after_s, after_b = reply * s_deal + (1 - reply) * s_wait, reply * b_deal + (1 - reply) * b_wait
            w = weights[t][:, None, :]
            if t % 2 == 0:
                belief = w * offer / (w * offer).sum(axis=2, keepdims=True)
                choices = np.stack([b_deal[:, :, :1] + 0 * belief[:, :, :1], (belief * b_wait).sum(axis=2, keepdims=True)], -1)
                worth = after_s
            else:
                belief = w / w.sum(axis=2, keepdims=True)
                choices = np.stack([s_deal + 0 * s_wait, s_wait], -1)
                worth = (belief * after_b).sum(axis=2, keepdims=True)
            gain = max(gain, self.improve(t, worth, choices, learn))
            seller.insert(0, (offer * after_s).sum(axis=1))
            buyer.insert(0, (offer * after_b).sum(axis=1))
        return seller, buyer, gain

    def improve(self, t, worth, choices, learn):
        """The largest gain at this stage; regret matching+ if asked to learn."""
        mean = (self.offer[t] * worth).sum(axis=1, keepdims=True)
        chosen = np.stack([self.reply[t], 1 - self.reply[t]], -1)
        expected = (chosen * choices).sum(axis=-1, keepdims=True)
        gain = (1 - self.tremble) * max((worth.max(axis=1, keepdims=True) - mean).max(), (choices - expected).max())
        if learn:
            r_offer, r_reply = self.regret[t]
            np.maximum(r_offer + worth - mean, 0, out=r_offer)
            np.maximum(r_reply + choices - expected, 0, out=r_reply)
            total = r_offer.sum(axis=1, keepdims=True)
            self.offer[t] = np.where(total > 0, r_offer / np.where(total > 0, total, 1), self.offer[t])
            total = r_reply.sum(axis=-1)
            self.reply[t] = np.where(total > 0, r_reply[..., 0] / np.where(total > 0, total, 1), self.reply[t])
        return gain

    def solve(self, most, enough):
        """Iterates until the gain is ``enough``; (seller's values, buyer's values, weights, gain)."""
        for n in range(most):
            if n % 20 == 0:
                seller, buyer, gain = self.sweep(False)
                if gain <= enough:
                    break
            self.sweep(True)
        seller, buyer, gain = self.sweep(False)
        return seller, buyer, self.weights(), gain
