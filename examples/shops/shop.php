<?php
// A shop on `epay serve`, in PHP with nothing to install: php -S 127.0.0.1:8000 shop.php
//
// EPAY_URL     where epay serves              EPAY_KEY       a key with the scopes read, pay, refund
// EPAY_SECRET  the webhook's secret, whsec_…  SHOP_FILES     a folder for the orders
declare(strict_types=1);

/** A call of the merchant API. After a timeout it may be sent again: its path makes it the same. */
function epay(string $method, string $path, array $body = []): array
{
    $http = [
        'method' => $method, 'timeout' => 60, 'ignore_errors' => true,
        'header' => ['Authorization: Bearer ' . getenv('EPAY_KEY'), 'Content-Type: application/json'],
        'content' => $body ? json_encode($body) : '',
    ];
    $url = getenv('EPAY_URL') . "/v1/$path";
    $answer = json_decode((string) file_get_contents($url, false, stream_context_create(['http' => $http])), true);
    if (!isset($answer['order'])) { // a problem: the payer was not charged by this call
        throw new RuntimeException($answer['detail'] ?? 'epay is not reached');
    }
    return $answer;
}

/** The shop's word about an order, in a file; a real one has a database. */
function order(string $name, ?string $status = null): string
{
    $file = getenv('SHOP_FILES') . '/' . rawurlencode($name);
    if ($status !== null) {
        file_put_contents($file, $status, LOCK_EX);
    }
    return is_file($file) ? file_get_contents($file) : 'unpaid';
}

/** Whether the webhook is from our epay: signed with our secret, and not an old one sent again. */
function is_ours(string $body): bool
{
    [$id, $time] = [$_SERVER['HTTP_WEBHOOK_ID'] ?? '', $_SERVER['HTTP_WEBHOOK_TIMESTAMP'] ?? '0'];
    $key = base64_decode(substr((string) getenv('EPAY_SECRET'), strlen('whsec_')));
    $right = 'v1,' . base64_encode(hash_hmac('sha256', "$id.$time.$body", $key, true));
    foreach (explode(' ', $_SERVER['HTTP_WEBHOOK_SIGNATURE'] ?? '') as $signature) {
        if (hash_equals($right, $signature)) {
            return abs(time() - (int) $time) < 300;
        }
    }
    return false;
}

$path = explode('/', trim((string) parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH), '/'));
$name = rawurldecode($path[1] ?? '');
$what = $_SERVER['REQUEST_METHOD'] . ' ' . $path[0];

if ($what === 'POST buy') {
    $order = epay('PUT', 'orders/' . rawurlencode($name), ['amount_minor' => 500000, 'description' => "Order $name"]);
    header('Location: ' . $order['checkout_url'], true, 303);
} elseif ($what === 'POST refund') { // the name is the refund's, for ever: a second click is the same refund
    $refund = epay('POST', 'orders/' . rawurlencode($name) . '/refunds/goods-back', ['amount_minor' => 500000]);
    echo $refund['outcome']; // "unknown" is an answer too: the webhook tells
} elseif ($what === 'POST webhook') {
    $body = (string) file_get_contents('php://input');
    if (!is_ours($body)) {
        http_response_code(400);
        exit;
    }
    ['type' => $type, 'data' => $data] = json_decode($body, true);
    match ($type) { // the order as it stands now: the same webhook twice changes nothing
        'payment.captured' => order($data['order'], 'shipped'),
        'payment.refunded' => order($data['order'], 'given back'),
        default => null,
    };
} elseif ($what === 'GET orders') {
    echo order($name);
} else {
    http_response_code(404);
}
