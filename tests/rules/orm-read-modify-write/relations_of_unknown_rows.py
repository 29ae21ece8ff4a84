"""What has been asked for rows is a relation, and what is cleared is empty whatever was in it."""

from rest_framework import serializers


def close(ticket):
    ticket.watchers.clear()
    ticket.state = "closed"
    ticket.save()


def close_more(ticket):
    ticket.log.append("closed")  # expect: FEN203
    ticket.state = "closed"
    ticket.save()


class AlbumSerializer(serializers.ModelSerializer):
    def update(self, instance, validated_data):
        there = instance.photos.all()
        for one in there:
            if one.name in validated_data["removed"]:
                instance.photos.remove(one)
        instance.title = validated_data["title"]
        instance.save()
        return instance
