from celery import shared_task
from django.db import models, transaction


class Wallet(models.Model):
    coins = models.IntegerField(default=0)
    spent = models.IntegerField(default=0)

    def add(self, n):
        self.coins += n  # expect: FEN203
        self.save()

    def add_to_one_field(self, n):
        self.coins = self.coins + n  # expect: FEN203
        self.save(update_fields=["coins"])

    def spend(self, n):
        if self.coins < n:  # expect: FEN203
            raise ValueError(n)
        self.coins -= n
        self.save(update_fields=["coins"])

    @transaction.atomic
    def spend_in_a_transaction(self, n):
        self.spent += n  # expect: FEN203
        self.save(update_fields=["spent"])


class Player(models.Model):
    wallet = models.ForeignKey(Wallet, on_delete=models.CASCADE)
    lives = models.IntegerField(default=3)


def row_as_parameter(wallet: Wallet, n):
    wallet.coins += n  # expect: FEN203
    wallet.save(update_fields=["coins"])


def row_without_annotation(basket, n):
    basket.items_count = basket.items_count + n  # expect: FEN203
    basket.save(update_fields=["items_count"])


def lock_taken_but_old_row_used(wallet: Wallet, n):
    with transaction.atomic():
        Wallet.objects.select_for_update().get(pk=wallet.pk)  # expect: FEN209
        wallet.coins += n
        wallet.save(update_fields=["coins"])


def tested_parameter(player: Player):
    if player.lives <= 0:  # expect: FEN203
        return False
    player.lives -= 1
    player.save(update_fields=["lives"])
    return True


def related_row(player_id, n):
    player = Player.objects.select_related("wallet").get(pk=player_id)  # expect: FEN203
    player.wallet.coins += n
    player.wallet.save(update_fields=["coins"])


def load(wallet_id):
    return Wallet.objects.get(pk=wallet_id)  # expect: FEN203


def read_in_a_helper(wallet_id, n):
    wallet = load(wallet_id)
    wallet.coins += n
    wallet.save(update_fields=["coins"])


def pay_in(wallet: Wallet, n):
    wallet.coins += n
    wallet.save(update_fields=["coins"])


def changed_in_a_helper(wallet_id, n):
    wallet = Wallet.objects.get(pk=wallet_id)  # expect: FEN203
    pay_in(wallet, n)


@shared_task
def in_a_task(wallet_id, n):
    wallet = Wallet.objects.get(pk=wallet_id)  # expect: FEN203
    wallet.coins += n
    wallet.save(update_fields=["coins"])


def list_more_of_what_is_handed_in(group, names):
    group.hosts = group.hosts + list(names)  # expect: FEN203
    group.save()
